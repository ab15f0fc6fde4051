"""Logit (statsmodels)."""

from __future__ import annotations

import numpy as np

from models.rotation import Rotation
from workflows.published.engines._common import (
    fitted,
    left_out,
    likelihood_statistics,
    logit_design,
    quiet_fit,
)
from workflows.published.engines._covariance import likelihood_covariance
from workflows.published.engines._estimator import Column, Estimator
from workflows.published.frequentist import FrequentistFit, Regression


def logit(asked: Regression, *, dummies: Column | None = None) -> FrequentistFit:
    """Logit by maximum likelihood.

    Parameters
    ----------
    dummies : str, optional
        A column (year, say) whose levels enter as indicators, the first left out. Levels in which the outcome
        never varies predict it perfectly: their rows are left out and counted in the notes, as Stata does.
    """
    from statsmodels.discrete.discrete_model import Logit

    laid, notes = logit_design(asked, dummies)
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
    statistics = likelihood_statistics(float(result.llf), len(params), len(laid.y))
    notes += left_out(laid.left_out)
    return fitted("logit", asked, laid, params, covariance, statistics, notes, back=rotation.back)


ESTIMATOR = Estimator(logit, outcome="binary")
