"""What is reported of the posterior: draws of the headline effect, which the gate judges and later stages read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from workflows.estimands.fit import Fit
    from workflows.run.run import Run

WORDS = "computing the headline effect"


def inputs(run: Run) -> dict[str, Any]:
    """The posterior, and what is reported."""
    return {"posterior": run.stage("posterior").key, **run.reported_by}


def compute(run: Run, folder: Path) -> None:
    """Write ``headline.nc``."""
    from data.common.disk import save_netcdf

    save_netcdf(drawn(run, run.fit), folder / "headline.nc")


def drawn(run: Run, fit: Fit) -> xr.Dataset:
    """Draws of what a run reports of a fit; whoever asks for them here has the code of `headline` in its key."""
    return run.reported(fit)


def headline(fit: Fit) -> xr.Dataset:
    """Draws of what a reader will see."""
    from workflows.estimands.effects import headline_effect

    return headline_effect(fit)
