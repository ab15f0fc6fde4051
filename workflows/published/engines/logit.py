"""Logit (statsmodels)."""

from __future__ import annotations

import numpy as np

from models.rotation import Rotation
from workflows.published.design import design, refuse_collinear
from workflows.published.engines._common import (
    binary,
    cluster_count,
    expand_dummies,
    left_out,
    likelihood_statistics,
    quiet_fit,
    refuse_perfect,
)
from workflows.published.engines._covariance import likelihood_covariance
from workflows.published.engines._estimator import Column, Estimator
from workflows.published.engines._separation import refuse_separation
from workflows.published.frequentist import FrequentistFit, Regression, tidy


def logit(asked: Regression, *, dummies: Column | None = None) -> FrequentistFit:
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
    refuse_separation(laid.x, laid.y)
    rotation = Rotation.of(laid.x.to_numpy())
    model = Logit(laid.y, rotation.columns)
    result = quiet_fit(model, "logit", method="newton", maxiter=100, disp=0)
    params = np.asarray(result.params)
    covariance = likelihood_covariance(
        model.hessian(params),
        model.score_obs(params),
        asked.errors,
        laid.groups[asked.cluster] if asked.cluster else None,
    )
    table, covariance = tidy(
        list(laid.x.columns),
        rotation.back @ params,
        rotation.back @ covariance @ rotation.back.T,
        asked.level,
        None,
    )
    return FrequentistFit(
        "logit",
        asked.errors,
        table,
        covariance,
        len(laid.y),
        laid.groups[asked.unit].nunique() if asked.unit else 0,
        likelihood_statistics(float(result.llf), len(params), len(laid.y)),
        (*notes, *left_out(laid.left_out)),
        clusters=cluster_count(asked, laid.groups),
    )


ESTIMATOR = Estimator(logit, outcome="binary")
