"""Depth under measurement alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "measuring the depth of treaties alone"


def inputs(run: Run) -> dict[str, Any]:
    """Panel, spec of depth, how it is sampled."""
    return {
        "panel": run.stage("panel").about["content"],
        "depth": run.spec.model.depth.model_dump(mode="json"),
        "sampling": run.sampling,
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``alone.nc``, the draws."""
    from data.common.disk import save_netcdf
    from models.joint import measurement
    from workflows.judge.gate import gate
    from workflows.sampling.chains import sample_small

    model = measurement(run.panel, run.spec.model)
    tree = sample_small(model, run.spec.sampling)
    verdict = gate(tree, [rv.name for rv in model.free_RVs])
    save_netcdf(tree["posterior"].to_dataset(), folder / "alone.nc")
    return {"passed": verdict.passed, "advice": verdict.advice()}
