"""Replicated outcomes and their check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.common.text import write_csv
from workflows.run.stages._model import bare

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "replicating the outcome"


def inputs(run: Run) -> dict[str, Any]:
    """The posterior."""
    return {"posterior": run.stage("posterior").key}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``posterior_predictive.nc`` and ``check.csv``."""
    from data.common.disk import save_netcdf
    from workflows.estimands import checks
    from workflows.store.notices import recorded

    draws = run.fit.draws["posterior"].to_dataset()
    replicated = checks.replicate(run.joint, draws, run.spec.sampling.seed + 1)
    verdict = checks.posterior_check(run.joint, replicated)
    save_netcdf(bare(replicated.outcome), folder / "posterior_predictive.nc")
    write_csv(verdict.table, folder / "check.csv")
    return {"passed": verdict.passed, **recorded(checks.notices(verdict.table))}
