"""Ordinary least squares (statsmodels) and the within estimator (linearmodels)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.errors import InputError
from models.rotation import Rotation
from workflows.design import design, refuse_collinear, refuse_vanishing, within, without_effects
from workflows.engines.common import cluster_count, left_out
from workflows.frequentist import Fit, Regression, tidy


def ols(asked: Regression) -> Fit:
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
    table, covariance = tidy(
        list(laid.x.columns), np.asarray(result.params) / size, covariance, asked.level, df
    )
    statistics = {
        "log_likelihood": float(result.llf),
        "aic": float(result.aic) + 2,
        "bic": float(result.bic) + float(np.log(n)),
        "deviance": float(result.ssr),
        "r2": float(result.rsquared),
        "adjusted_r2": float(result.rsquared_adj),
    }
    units = laid.groups[asked.unit].nunique() if asked.unit else 0
    return Fit(
        "ols",
        asked.errors,
        table,
        covariance,
        n,
        units,
        statistics,
        left_out(laid.left_out),
        clusters=cluster_count(asked, laid.groups),
    )


def fixed_effects(asked: Regression) -> Fit:
    """The within estimator with one effect per ``unit``.

    ``r2`` is within units; ``adjusted_r2`` is ``1 - (1 - r2)(n - 1)/(n - units - k)`` as in R's ``plm``.
    Classical and robust errors count the unit effects as parameters; clustered ones do not where units are
    nested in clusters (R's ``plm`` with ``sss``; fixest counts one parameter more), and use t on ``G-1``.
    """
    from linearmodels.panel import PanelOLS

    unit = asked.unit
    if unit is None:
        raise InputError("no unit", "the column whose effects are fixed", key="unit")
    laid = design(
        asked.frame,
        asked.outcome,
        asked.terms,
        constant=False,
        groups=asked.groups,
        complete_on=asked.complete_on,
    )
    refuse_vanishing(laid.x, laid.groups[unit], unit)
    refuse_collinear(without_effects(laid.x, laid.groups[unit]))
    n, k = laid.x.shape
    units = laid.groups[unit].nunique()
    # linearmodels wants a two-level index; the estimator does not use the second level here.
    position = laid.groups.groupby(unit).cumcount()
    index = pd.MultiIndex.from_arrays([laid.groups[unit].to_numpy(), position.to_numpy()])
    # Orthonormal deviations: on the columns as given the library calls year and its square absorbed.
    rotation = Rotation.of(within(laid.x, laid.groups[unit]).to_numpy())
    x = pd.DataFrame(rotation.columns, index=index, columns=laid.x.columns)
    fit: dict[str, Any] = {"cov_type": "unadjusted" if asked.errors == "classical" else "robust"}
    df = n - units - k
    if asked.errors == "clustered":
        clusters = pd.DataFrame({"cluster": pd.factorize(laid.groups[asked.cluster])[0]}, index=index)
        fit = {"cov_type": "clustered", "clusters": clusters, "group_debias": True}
        df = clusters["cluster"].nunique() - 1
    model = PanelOLS(pd.Series(laid.y, index=index, name="y"), x, entity_effects=True)
    result = model.fit(**fit)
    table, covariance = tidy(
        list(laid.x.columns),
        rotation.back @ result.params.to_numpy(),
        rotation.back @ result.cov.to_numpy() @ rotation.back.T,
        asked.level,
        df,
    )
    r2 = float(result.rsquared_within)
    statistics = {
        "log_likelihood": float(result.loglik),
        "deviance": float(result.resid_ss),
        "r2": r2,
        "adjusted_r2": 1 - (1 - r2) * (n - 1) / (n - units - k),
    }
    notes = list(left_out(laid.left_out))
    single = int((laid.groups[unit].value_counts() == 1).sum())
    if single:
        notes.append(f"{single} of {units} units have one row and do not inform the estimates")
    return Fit(
        "fixed_effects",
        asked.errors,
        table,
        covariance,
        n,
        units,
        statistics,
        tuple(notes),
        clusters=cluster_count(asked, laid.groups),
    )
