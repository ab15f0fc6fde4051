"""Ordinary least squares (statsmodels)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workflows.published.design import design, refuse_collinear
from workflows.published.engines._common import fitted, left_out
from workflows.published.engines._estimator import Estimator
from workflows.published.frequentist import FrequentistFit, Regression


def ols(asked: Regression) -> FrequentistFit:
    """Ordinary least squares.

    AIC and BIC count the error variance as a parameter, as R's ``glm`` and ``logLik`` do, and ``deviance`` is
    the residual sum of squares. Clustered errors carry ``G/(G-1) (n-1)/(n-k)`` and t on ``G-1`` degrees.
    """
    from statsmodels.regression.linear_model import OLS

    laid = design(asked.frame, asked.outcome, asked.terms, groups=asked.groups, complete_on=asked.complete_on)
    refuse_collinear(laid.x)
    n, k = laid.x.shape
    kinds: dict[str, dict[str, Any]] = {
        "classical": {"cov_type": "nonrobust"},
        "robust": {"cov_type": "HC1"},
        "clustered": {},
    }
    df = n - k
    if asked.errors == "clustered":
        codes = pd.factorize(laid.groups[asked.cluster])[0]
        kinds["clustered"] = {"cov_type": "cluster", "cov_kwds": {"groups": codes}}
        df = len(np.unique(codes)) - 1
    # Columns of like size: the library's pseudo-inverse drops a constant beside a column of 1e15.
    size = np.sqrt((laid.x**2).mean()).to_numpy()
    result = OLS(laid.y, laid.x / size).fit(**kinds[asked.errors])
    covariance = np.asarray(result.cov_params()) / np.outer(size, size)
    statistics = {
        "log_likelihood": float(result.llf),
        "aic": float(result.aic) + 2,
        "bic": float(result.bic) + float(np.log(n)),
        "deviance": float(result.ssr),
        "r2": float(result.rsquared),
        "adjusted_r2": float(result.rsquared_adj),
    }
    estimates, notes = np.asarray(result.params) / size, left_out(laid.left_out)
    return fitted("ols", asked, laid, estimates, covariance, statistics, notes, df=df)


ESTIMATOR = Estimator(ols, outcome="number")
