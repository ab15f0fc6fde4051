"""The run's result in ArviZ's own form; see `workflows.estimands.arviz_tree`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "writing the file for ArviZ"
FILE = "fit.nc"


def inputs(run: Run) -> dict[str, Any]:
    """Posterior with what is reported of it, and prior."""
    return {"effect": run.stage("effect").key, "prior": run.stage("prior").key}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``fit.nc``: all groups that ArviZ's functions ask for."""
    from data.common.disk import load_netcdf
    from workflows.estimands.arviz_tree import arviz_tree, write
    from workflows.estimands.headline import Headline

    fit, effect = run.fit, run.effect
    # Computed once in a run: the headline of the file is that of the report.
    fit.__dict__["headline"] = Headline(effect.data_vars, effect.coords, effect.attrs)
    tree = arviz_tree(
        fit,
        prior=load_netcdf(run.stage("prior") / "prior.nc"),
        prior_predictive=load_netcdf(run.stage("prior") / "prior_predictive.nc")["outcome"],
        seed=run.spec.sampling.seed,
    )
    write(tree, folder / FILE)
    return {"thinned": tree.attrs["thinned"]}
