"""The headline effect by operation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from data.common.disk import load_netcdf
from figures import effects
from models.outcomes import explained
from workflows.draws.summary import summarise
from workflows.estimands.prior_shift import overlap_with_prior
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure, with prior and posterior of the spread of slopes where they vary."""
    likelihood, table = run.joint.contribution.likelihood, effects_table(run.effect)
    spread = f"{likelihood.parts[0]}_slope_spread"
    both = {
        "prior": load_netcdf(run.stage("prior") / "prior.nc"),
        "posterior": run.fit.draws["posterior"].to_dataset(),
    }
    spreads = {which: draws[spread].values.ravel() for which, draws in both.items() if spread in draws}
    overlap, verdict = None, ""
    if spreads:
        overlap, verdict = overlap_with_prior(run.joint, both["posterior"], spread)
    label = f"Headline effect, {explained(likelihood).unit}"
    yield Picture(
        "effects",
        "The headline effect by operation",
        partial(effects.effects, table, label=label, overlap=overlap, **spreads),
        effects.caption(table, overlap=overlap, verdict=verdict),
        table,
        f"{effects.ALT} {effects.ALT_OF_SPREAD}" if spreads else effects.ALT,
    )


def effects_table(effect: xr.Dataset) -> pd.DataFrame:
    """Each operation and what is pooled, a line each, with 95 % and 50 % intervals; columns as in `figures.effects`."""
    names = {
        "headline_all_rows": "All rows",
        "headline_mean_slope": "Mean slope",
        "headline_between": "Between states",
    }
    table = summarise(effect)
    table["label"] = [
        row.label if row.quantity == "headline_operation" else names[row.quantity]
        for row in table.itertuples()
    ]
    table["pooled"] = table["quantity"] != "headline_operation"
    half = summarise(effect, 0.5)
    return table.assign(lower_50=half["lower"], upper_50=half["upper"])


DRAWN = Drawn(60, "operations", pictures)
