"""Joint rungs of a bridge, and the models of Poast's test, in several processes.

Each leaves its stages on disk, where the bridge finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from data.common.errors import InputError
from workflows.run.stages._registry import names
from workflows.series.bridge.bridge import Bridge
from workflows.series.bridge.poast import PROPENSITY, poast_test
from workflows.series.bridge.runs import RungRun
from workflows.spec.run import RunSpec
from workflows.store.fan_out import fan_out
from workflows.store.source import code_digest
from workflows.store.store import digest, versions


def sample_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Sample and judge one of `_runs`; panels and measurement are on disk already.

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
    return {"passed": _runs(bridge)[task["run"]]().passed}


def _runs(bridge: Bridge) -> dict[str, Callable[[], RungRun]]:
    """What can be sampled on its own, by name."""
    joint = {
        rung.id: partial(bridge.joint_run, rung) for rung in bridge.tree.values() if rung.kind == "joint"
    }
    test = poast_test(bridge)
    return joint if test is None else joint | {f"poast-{n}": partial(test.run, n) for n in PROPENSITY}


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
    """Sample all joint rungs of a bridge, and the models of the test; a worker finds what is on disk already.

    What a worker failed at is left to the bridge itself.
    """
    # Every process would otherwise build the same panels and measure the same depths.
    if bridge.panel["in_force"].any():
        _ = bridge.measured.stage("measurement")
    if any(rung.kind == "joint" and bridge.is_pooled(rung) for rung in bridge.tree.values()):
        _ = bridge.pooled_stage
    if test := poast_test(bridge):
        _ = test.panel_stage
    base = {
        "spec": bridge.spec.model_dump(mode="json"),
        "out": str(out.resolve()),
        "data": str(bridge.data.resolve()) if bridge.data else None,
        "alike": _alike(bridge),
        **overrides,
    }
    # Two bridges may share a scheduler, which knows a task by its name.
    name = digest(base)[:12]
    tasks = {f"{name}-{run}": {**base, "run": run} for run in _runs(bridge)}
    results = bridge.store.folder / ".rungs.jsonl"
    # What counts are the stages, which know when they are stale.
    results.unlink(missing_ok=True)
    for result in fan_out(sample_one, tasks, results, workers, scheduler):
        run = tasks[result["task"]]["run"]
        passed = "gate passed" if result.get("passed") else "gate failed"
        bridge.listener.say(f"{run}: {result.get('error', passed)}")
    results.unlink(missing_ok=True)
