"""Population-averaged logit (statsmodels)."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from data.common.errors import InputError
from models.rotation import Rotation
from workflows.published.design import StudyDesign, design, refuse_collinear
from workflows.published.engines._common import binary, fitted, left_out, quiet_fit
from workflows.published.engines._estimator import Column, Estimator
from workflows.published.engines._separation import refuse_separation
from workflows.published.frequentist import FrequentistFit, Regression

Structure = Literal["independence", "exchangeable", "autoregressive"]


def gee(
    asked: Regression,
    *,
    structure: Structure = "exchangeable",
    time: Column | None = None,
    within: Column | None = None,
) -> FrequentistFit:
    """Population-averaged logit by generalised estimating equations.

    Parameters
    ----------
    structure : {"independence", "exchangeable", "autoregressive"}
        Working correlation within units; the last is AR(1) over ``time``, a whole number.
    time : str, optional
        The column of times, for AR(1).
    within : str, optional
        A column (operation, say) that divides units into series: rows of different series of a unit are not
        correlated in the working correlation, though clustered errors allow for it.

    Notes
    -----
    No likelihood, so no likelihood statistics. ``classical`` errors trust the working correlation; ``robust``
    ones are empirical by unit and ``clustered`` ones by cluster, without a small-sample factor. AR(1) goes
    by the order of rows (as in statsmodels), so a series with a gap is cut there into two.
    """
    from statsmodels.genmod.cov_struct import Autoregressive, Exchangeable, Independence
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    unit, outcome = asked.unit, asked.outcome
    if unit is None:
        raise InputError("no unit", "the column of units that are correlated within", key="unit")
    if structure not in get_args(Structure):
        raise InputError(
            f"structure {structure!r}", f"one of {', '.join(get_args(Structure))}", key="structure"
        )
    if structure == "autoregressive" and time is None:
        raise InputError("no time", "the column of times of an autoregressive correlation", key="time")
    groups = list(dict.fromkeys([*asked.groups, *(name for name in (time, within) if name)]))
    laid = design(asked.frame, outcome, asked.terms, groups=groups, complete_on=asked.complete_on)
    binary(laid.y, outcome)
    refuse_collinear(laid.x)
    refuse_separation(laid.x, laid.y)
    kinds: dict[str, Any] = {
        "independence": Independence,
        "exchangeable": Exchangeable,
        "autoregressive": lambda: Autoregressive(grid=True),
    }
    series = laid.groups.groupby([unit, within] if within else [unit]).ngroup().to_numpy()
    times = laid.groups[time].to_numpy(float) if time else np.arange(len(laid.y))
    order = np.lexsort((times, series))
    series, times = series[order], times[order]
    notes = [f"working correlation: {structure}{f' within {unit} and {within}' if within else ''}"]
    if structure == "autoregressive":
        cut, gaps = _without_gaps(series, times, unit, str(time))
        notes += [f"{gaps} gaps in {time}: the series are cut there"] if gaps else []
        series = cut
    ordered = StudyDesign(laid.y[order], laid.x.iloc[order], laid.groups.iloc[order], laid.left_out)
    rotation = Rotation.of(ordered.x.to_numpy())
    model = GEE(
        ordered.y,
        rotation.columns,
        groups=pd.factorize(series)[0],
        family=Binomial(),
        cov_struct=kinds[structure](),
    )
    result = quiet_fit(model, "gee", maxiter=500, ctol=1e-10, cov_type="naive")
    covariance = np.asarray(result.cov_params())
    if asked.errors != "classical":
        cluster = asked.cluster if asked.errors == "clustered" and asked.cluster else unit
        covariance = _sandwich(model, covariance / float(result.scale), series, ordered.groups[cluster])
    correlation: dict[str, float] = {}
    if structure != "independence":
        correlation["correlation"] = float(np.ravel(model.cov_struct.dep_params)[0])
    params, notes = np.asarray(result.params), [*notes, *left_out(laid.left_out)]
    return fitted("gee", asked, laid, params, covariance, correlation, notes, back=rotation.back)


def _without_gaps(series: np.ndarray, times: np.ndarray, unit: str, time: str) -> tuple[np.ndarray, int]:
    """Series cut wherever a time is missing, rows in the order of series and time, and the number of cuts."""
    same = series[1:] == series[:-1]
    steps = np.diff(times)
    if (same & (steps == 0)).any():
        raise InputError(
            f"several rows of a {unit} in one {time}",
            "within: a column that tells them apart, for an autoregressive correlation",
            key="within",
        )
    if not same.any():
        raise InputError("one row in every series", f"series of several {time}s", column=time)
    gap = same & (steps != steps[same].min())
    return np.r_[0, np.cumsum(~same | gap)], int(gap.sum())


def _sandwich(model: Any, bread: np.ndarray, series: np.ndarray, clusters: pd.Series) -> np.ndarray:
    """Empirical covariance of GEE estimates with clusters that contain whole series.

    Liang and Zeger's (1986) estimator, the series' estimating functions summed by cluster.
    """
    codes, names = pd.factorize(clusters)
    owner = pd.Series(codes).groupby(pd.factorize(series)[0])
    if owner.nunique().max() > 1:
        raise InputError(
            f"{clusters.name} changes within a series that is correlated",
            "clusters that contain whole series",
            column=str(clusters.name),
        )
    scores = np.zeros((len(names), bread.shape[0]))
    for group, cluster in owner.first().items():
        expected, predictor = model.cached_means[group]
        slopes = model.mean_deriv(model.exog_li[group], predictor)
        spread = np.sqrt(model.family.variance(expected))
        rest = model.endog_li[group] - expected
        (weighted,) = model.cov_struct.covariance_matrix_solve(expected, group, spread, (rest,))
        scores[cluster] += slopes.T @ weighted
    return bread @ (scores.T @ scores) @ bread


ESTIMATOR = Estimator(
    gee,
    outcome="binary",
    effects="correlated",
    no_twin="not a twin: GEE has no likelihood; beside it a logit with varying states",
)
