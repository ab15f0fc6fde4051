"""Population-averaged logit (statsmodels)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.errors import InputError
from workflows.design import design, refuse_collinear
from workflows.engines.common import binary, left_out, quiet_fit
from workflows.frequentist import Fit, Regression, tidy

STRUCTURES = ("independence", "exchangeable", "autoregressive")


def gee(asked: Regression, *, structure: str = "exchangeable", time: str | None = None) -> Fit:
    """Population-averaged logit by generalised estimating equations.

    Parameters
    ----------
    structure : {"independence", "exchangeable", "autoregressive"}
        Working correlation within units; the last is AR(1) over ``time``, a whole number.
    time : str, optional
        The column of times, for AR(1).

    Notes
    -----
    No likelihood, so no likelihood statistics. ``classical`` errors trust the working correlation; ``robust``
    and ``clustered`` are the empirical ones by unit, without a small-sample factor.
    """
    from statsmodels.genmod.cov_struct import Autoregressive, Exchangeable, Independence
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    unit, outcome = asked.unit, asked.outcome
    if unit is None:
        raise InputError("no unit", "the column of units that are correlated within", column="unit")
    if structure not in STRUCTURES:
        raise InputError(f"structure {structure!r}", f"one of {', '.join(STRUCTURES)}", column="structure")
    if asked.cluster not in (None, unit):
        raise InputError(
            f"clusters by {asked.cluster}", f"clusters by the units of the working correlation, {unit}"
        )
    if structure == "autoregressive" and time is None:
        raise InputError("no time", "the column of times of an autoregressive correlation", column="time")
    groups = [unit, *([time] if time else [])]
    laid = design(asked.frame, outcome, asked.terms, groups=groups, complete_on=asked.complete_on)
    binary(laid.y, outcome)
    refuse_collinear(laid.x)
    kinds: dict[str, Any] = {
        "independence": Independence,
        "exchangeable": Exchangeable,
        "autoregressive": lambda: Autoregressive(grid=True),
    }
    times = laid.groups[time].to_numpy(float) if time else None
    order = np.lexsort((times if times is not None else np.arange(len(laid.y)), laid.groups[unit].to_numpy()))
    model = GEE(
        laid.y[order],
        laid.x.iloc[order],
        groups=pd.factorize(laid.groups[unit].iloc[order])[0],
        time=None if times is None else times[order],
        family=Binomial(),
        cov_struct=kinds[structure](),
    )
    result = quiet_fit(
        model, "gee", maxiter=500, ctol=1e-10, cov_type="naive" if asked.errors == "classical" else "robust"
    )
    table, covariance = tidy(
        list(laid.x.columns), np.asarray(result.params), np.asarray(result.cov_params()), asked.level, None
    )
    correlation = (
        {}
        if structure == "independence"
        else {"correlation": float(np.ravel(model.cov_struct.dep_params)[0])}
    )
    notes = (f"working correlation: {structure}", *left_out(laid.left_out))
    return Fit(
        "gee", asked.errors, table, covariance, len(laid.y), laid.groups[unit].nunique(), correlation, notes
    )
