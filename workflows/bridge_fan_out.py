"""Joint rungs of a bridge in several processes: each leaves its stages on disk, where the bridge finds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows.bridge import Bridge
from workflows.fan_out import fan_out
from workflows.spec import RunSpec


def sample_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Sample and judge one rung; panels and measurement are on disk already."""
    spec = RunSpec.model_validate(task["spec"])
    data = Path(task["data"]) if task["data"] else None
    bridge = Bridge(spec, Path(task["out"]), data, chains=task["chains"], draws=task["draws"])
    run = bridge.joint_run(bridge.tree[task["rung"]])
    return {"rung": task["rung"], "passed": run.passed}


def sample_rungs(
    bridge: Bridge, out: Path, overrides: Mapping[str, int | None], workers: int, scheduler: str
) -> None:
    """Sample all joint rungs of a bridge that are not on disk.

    A rung whose worker failed is left to the bridge itself, which then says why.
    """
    joint = [rung for rung in bridge.tree.values() if rung.kind == "joint"]
    # Every process would otherwise build the same panels and measure the same depths.
    _ = bridge.panel_stage, bridge.measured.alone_stage if bridge.panel["in_force"].any() else None
    if any(bridge.is_pooled(rung) for rung in joint):
        _ = bridge.pooled_stage
    base = {
        "spec": bridge.spec.model_dump(mode="json"),
        "out": str(out.resolve()),
        "data": str(bridge.data.resolve()) if bridge.data else None,
        **overrides,
    }
    tasks = {rung.id: {**base, "rung": rung.id} for rung in joint}
    results = bridge.store.folder / ".rungs.jsonl"
    # What counts are the stages, which know when they are stale.
    results.unlink(missing_ok=True)
    for result in fan_out(sample_one, tasks, results, workers, scheduler):
        verdict = "failed" if "error" in result else "gate passed" if result["passed"] else "gate failed"
        bridge.listener.stage(f"{result['task']}: sampled elsewhere, {verdict}", "computing")
    results.unlink(missing_ok=True)
