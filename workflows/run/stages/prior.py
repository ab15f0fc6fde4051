"""Prior draws and their check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.common.text import write_csv
from workflows.run.stages._model import bare, model, modelled

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "drawing from the prior"
DRAWS = 400


def inputs(run: Run) -> dict[str, Any]:
    """The model."""
    return modelled(run)


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``prior.nc``, ``prior_predictive.nc`` and ``check.csv``."""
    from data.common.disk import save_netcdf
    from workflows.estimands import checks
    from workflows.estimands.effects import potential_step
    from workflows.run.panel_notices import single_rows
    from workflows.sampling.memory import refuse_run
    from workflows.store.notices import recorded

    joint, seed = model(run), run.spec.sampling.seed
    refuse_run(joint.model, run.spec)
    prior = checks.prior_draws(joint, DRAWS, seed)
    replicated = checks.replicate(joint, prior, seed)
    verdict = checks.prior_check(joint, prior, replicated, potential_step(joint, prior))
    save_netcdf(prior, folder / "prior.nc")
    save_netcdf(bare(replicated.outcome), folder / "prior_predictive.nc")
    write_csv(verdict.table, folder / "check.csv")
    return {"passed": verdict.passed, **recorded(single_rows(run.spec.model, run.panel))}
