"""Joint rungs of a bridge in several processes: each leaves its stages on disk, where the bridge finds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.common.errors import InputError
from workflows.run.stages._registry import names
from workflows.series.bridge.bridge import Bridge
from workflows.spec.run import RunSpec
from workflows.store.fan_out import fan_out
from workflows.store.source import code_digest
from workflows.store.store import digest, versions


def sample_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Sample and judge one rung; panels and measurement are on disk already.

    Raises
    ------
    InputError
        If code, versions or data are not those of the command: its panels would then be made again, which wait
        for the lock that the command holds.
    """
    spec = RunSpec.model_validate(task["spec"])
    data = Path(task["data"]) if task["data"] else None
    bridge = Bridge(spec, Path(task["out"]), data, chains=task["chains"], draws=task["draws"])
    here = _alike(bridge)
    for what, found in here.items():
        if found != task["alike"][what]:
            raise InputError(
                f"other {what} than where the command runs", "the same everywhere", file="worker"
            )
    run = bridge.joint_run(bridge.tree[task["rung"]])
    return {"rung": task["rung"], "passed": run.passed}


def _alike(bridge: Bridge) -> dict[str, Any]:
    """What a worker must have in common with the command."""
    return {
        "package versions": versions(),
        "code": code_digest(__name__, *(f"workflows.run.stages.{name}" for name in names())),
        "data": bridge.files,
    }


def sample_rungs(
    bridge: Bridge, out: Path, overrides: Mapping[str, int | None], workers: int, scheduler: str
) -> None:
    """Sample all joint rungs of a bridge; a worker finds what is on disk already.

    A rung whose worker failed is left to the bridge itself.
    """
    joint = [rung for rung in bridge.tree.values() if rung.kind == "joint"]
    # Every process would otherwise build the same panels and measure the same depths.
    if bridge.panel["in_force"].any():
        _ = bridge.measured.stage("measurement")
    if any(bridge.is_pooled(rung) for rung in joint):
        _ = bridge.pooled_stage
    base = {
        "spec": bridge.spec.model_dump(mode="json"),
        "out": str(out.resolve()),
        "data": str(bridge.data.resolve()) if bridge.data else None,
        "alike": _alike(bridge),
        **overrides,
    }
    # Two bridges may share a scheduler, which knows a task by its name.
    name = digest(base)[:12]
    tasks = {f"{name}-{rung.id}": {**base, "rung": rung.id} for rung in joint}
    results = bridge.store.folder / ".rungs.jsonl"
    # What counts are the stages, which know when they are stale.
    results.unlink(missing_ok=True)
    for result in fan_out(sample_one, tasks, results, workers, scheduler):
        rung = tasks[result["task"]]["rung"]
        passed = "gate passed" if result.get("passed") else "gate failed"
        bridge.listener.say(f"{rung}: {result.get('error', passed)}")
    results.unlink(missing_ok=True)
