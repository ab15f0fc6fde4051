"""The placebo without feedback: breadth as measured alone, in a logit with random intercepts by state.

In the joint posterior the outcome may rewrite a latent, so that the same slopes could come out because breadth has become
a propensity to join missions. Here breadth is what the ties say and nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from models.coalition import GROUPS, CoalitionDesign
from workflows.published.frequentist import FrequentistFit, estimate

TERMS = ("breadth", "breadth_within", "allied")
COLUMNS = ("fit", "outcome", "term", "estimate", "lower", "upper", "interval", "rows", "states")


def plug_in(design: CoalitionDesign, rows: pd.DataFrame, measured: xr.Dataset) -> pd.DataFrame:
    """Slopes of breadth by group, and their difference between UN missions led and not led by the United States.

    Parameters
    ----------
    measured : Dataset
        Posterior of measurement alone.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: log odds for one SD of breadth, measured alone (posterior means). Any participation for
        ad hoc and NATO coalitions, 100 and more for UN missions, whose lists know no less.
    """
    frame = breadth_frame(design, rows, measured)
    controls = design.names["control"]
    out = []
    for number, group in enumerate(GROUPS):
        outcome = "participated" if number == 0 else "participated_100"
        part = frame[frame["group"] == number]
        out.append(_row(group, outcome, "breadth", part, [*TERMS, *controls]))
    un = frame[frame["group"] > 0]
    # Every coefficient may differ between the two groups, as it may in the joint model.
    led = (un["group"] == 1).astype(float)
    names = [*TERMS, *controls]
    un = un.assign(**{f"{name} x led": un[name] * led for name in names})
    terms = [*names, *(f"{name} x led" for name in names)]
    out.append(_row("US-led UN minus placebo", "participated_100", "breadth x led", un, terms))
    return pd.DataFrame(out, columns=list(COLUMNS))


def breadth_frame(design: CoalitionDesign, rows: pd.DataFrame, measured: xr.Dataset) -> pd.DataFrame:
    """Rows with standardised predictors under their names."""
    breadth = measured["breadth"].mean(("chain", "draw")).to_numpy()
    columns = {
        "breadth": ((breadth - breadth.mean()) / breadth.std())[design.state],
        "breadth_within": design.within,
        "allied": design.in_force.any(axis=1).astype(float),
        "group": design.row_group,
        **dict(zip(design.names["control"], design.controls.T, strict=True)),
    }
    kept = ["ccode", "operation", "participated", "participated_100"]
    return rows[kept].assign(**{name: np.asarray(column) for name, column in columns.items()})


def random_intercepts(frame: pd.DataFrame, outcome: str, terms: list[str]) -> FrequentistFit:
    """A logit with random intercepts by state, a constant of its own for every operation, errors clustered by state."""
    how = {"engine": "random_effects_logit", "errors": "clustered", "dummies": "operation"}
    return estimate(frame, outcome, terms, unit="ccode", cluster="ccode", **how)


def _row(name: str, outcome: str, term: str, frame: pd.DataFrame, terms: list[str]) -> tuple:
    fit = random_intercepts(frame, outcome, terms)
    found = fit.of(term)
    bounds = (found["estimate"], found["lower"], found["upper"], found["interval"])
    return (name, outcome, term, *bounds, fit.n, fit.units)
