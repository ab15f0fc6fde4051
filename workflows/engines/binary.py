"""Models of a yes or no: logit and conditional logit (statsmodels)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.errors import InputError
from workflows.design import design, refuse_collinear, refuse_vanishing, within
from workflows.engines.common import (
    binary,
    expand_dummies,
    left_out,
    likelihood_statistics,
    quiet_fit,
    refuse_perfect,
)
from workflows.engines.covariance import likelihood_covariance
from workflows.frequentist import Fit, Regression, tidy


def logit(asked: Regression, *, dummies: str | None = None) -> Fit:
    """Logit by maximum likelihood.

    Parameters
    ----------
    dummies : str, optional
        A column (year, say) whose levels enter as indicators, the first left out. Levels in which the outcome
        never varies predict it perfectly: their rows are left out and counted in the notes, as Stata does.
    """
    from statsmodels.discrete.discrete_model import Logit

    frame, extra, notes = expand_dummies(
        asked.frame, asked.outcome, asked.terms, dummies, asked.complete_on, varying=True
    )
    laid = design(
        frame, asked.outcome, [*asked.terms, *extra], groups=asked.groups, complete_on=asked.complete_on
    )
    binary(laid.y, asked.outcome)
    refuse_collinear(laid.x)
    refuse_perfect(laid.x, laid.y)
    model = Logit(laid.y, laid.x)
    result = quiet_fit(model, "logit", method="newton", maxiter=100, disp=0)
    params = np.asarray(result.params)
    covariance = likelihood_covariance(
        model.hessian(params),
        model.score_obs(params),
        asked.errors,
        laid.groups[asked.cluster] if asked.cluster else None,
    )
    table, covariance = tidy(list(laid.x.columns), params, covariance, asked.level, None)
    return Fit(
        "logit",
        asked.errors,
        table,
        covariance,
        len(laid.y),
        laid.groups[asked.unit].nunique() if asked.unit else 0,
        likelihood_statistics(float(result.llf), len(params), len(laid.y)),
        (*notes, *left_out(laid.left_out)),
    )


def fixed_effects_logit(asked: Regression) -> Fit:
    """Logit conditional on each unit's number of successes (Chamberlain).

    Units in which the outcome never varies carry no information: they are left out and counted in the notes.
    Clustered errors ask for clusters that contain whole units; robust ones cluster by unit.
    """
    from statsmodels.discrete.conditional_models import ConditionalLogit

    unit, cluster, outcome = asked.unit, asked.cluster, asked.outcome
    if unit is None:
        raise InputError("no unit", "the column whose effects are conditioned on", column="unit")
    laid = design(
        asked.frame,
        outcome,
        asked.terms,
        constant=False,
        groups=asked.groups,
        complete_on=asked.complete_on,
    )
    binary(laid.y, outcome)
    spread = pd.Series(laid.y).groupby(laid.groups[unit].to_numpy()).transform("nunique")
    keep = (spread > 1).to_numpy()
    if not keep.any():
        raise InputError(
            f"no {unit} in which {outcome} varies", "some units with both outcomes", column=outcome
        )
    x, y, grouping = laid.x[keep], laid.y[keep], laid.groups[keep]
    dropped = laid.groups[unit].nunique() - grouping[unit].nunique()
    refuse_vanishing(x, grouping[unit], unit)
    refuse_collinear(within(x, grouping[unit]))
    codes = pd.factorize(grouping[unit])[0]
    model = ConditionalLogit(y, x.to_numpy(), groups=codes)
    result = quiet_fit(model, "fixed_effects_logit", method="BFGS", maxiter=500, gtol=1e-9)
    params = _polish(model, np.asarray(result.params))
    hessian = _derivative(model.score, params)
    scores = np.stack([model.score_grp(g, params) for g in range(model._n_groups)])
    by_unit = grouping.groupby(codes).first()
    if asked.errors == "clustered" and cluster and grouping.groupby(codes)[cluster].nunique().max() > 1:
        raise InputError(
            f"{cluster} changes within {unit}", f"clusters that contain whole {unit}s", column=cluster
        )
    covariance = likelihood_covariance(
        (hessian + hessian.T) / 2, scores, asked.errors, by_unit[cluster] if cluster else None
    )
    table, covariance = tidy(list(x.columns), params, covariance, asked.level, None)
    notes = list(left_out(laid.left_out))
    if dropped:
        notes.append(f"{dropped} units ({int((~keep).sum())} rows) without variation in the outcome left out")
    statistics = likelihood_statistics(float(model.loglike(params)), len(params), len(y))
    return Fit(
        "fixed_effects_logit", asked.errors, table, covariance, len(y), len(by_unit), statistics, tuple(notes)
    )


def _polish(model: Any, params: np.ndarray, steps: int = 20) -> np.ndarray:
    """Newton steps from BFGS's answer: its stopping rule leaves errors of 1e-5 in flat directions."""
    for _ in range(steps):
        step = np.linalg.solve(_derivative(model.score, params), model.score(params))
        params = params - step
        if np.abs(step).max() < 1e-10:
            break
    return params


def _derivative(score: Any, params: np.ndarray) -> np.ndarray:
    from statsmodels.tools.numdiff import approx_fprime

    return np.asarray(approx_fprime(params, score, centered=True))
