"""Figures, with captions and the tables behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run import Run

WORDS = "drawing figures"


def inputs(run: Run) -> dict[str, Any]:
    """Comparison, predictive check, prior."""
    return {name: run.stage(name).key for name in ("comparison", "predictive", "prior")}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write each figure and its table."""
    from data.disk import load_netcdf
    from workflows.pictures import pictures

    drawn = pictures(
        run.joint,
        run.fit.draws["posterior"].to_dataset(),
        load_netcdf(run.stage("prior") / "prior.nc"),
        load_netcdf(run.stage("prior") / "prior_predictive.nc")["outcome"],
        load_netcdf(run.stage("predictive") / "posterior_predictive.nc")["outcome"],
        run.headline,
        run.effect,
        run.feedback,
        run.gate.parameters,
    )
    names = []
    for picture in drawn:
        picture.save(folder)
        names.append({"name": picture.name, "title": picture.title, "caption": picture.caption})
    return {"figures": names}
