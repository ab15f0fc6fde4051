"""Logit with a normal intercept per unit, by adaptive Gauss-Hermite quadrature.

No Python library maximises this likelihood, so it stands here in full; R's ``lme4::glmer`` and Stata's
``xtlogit, re`` maximise the same one.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import optimize
from scipy.linalg import block_diag
from scipy.special import expit, logsumexp

from data.common.errors import InputError
from models.rotation import Rotation
from workflows.published.engines._common import (
    clusters_of_units,
    fitted,
    left_out,
    likelihood_statistics,
    logit_design,
)
from workflows.published.engines._covariance import likelihood_covariance
from workflows.published.engines._estimator import Column, Estimator
from workflows.published.frequentist import FrequentistFit, Regression

Points = Annotated[int, Field(ge=1, le=200)]
# Log odds: an SD below the first is none, and beyond the second the outcome is a unit's own throughout.
LEAST_LOG_SD, MOST_LOG_SD = -7.0, 5.0
# Of a coefficient on a column of mean square 1: far outside of what any data can say.
MOST = 1e4


def random_effects_logit(
    asked: Regression, *, points: Points = 15, dummies: Column | None = None
) -> FrequentistFit:
    """Random-intercept logit by maximum likelihood.

    Parameters
    ----------
    points : int
        Quadrature points per unit.
    dummies : str, optional
        A column whose levels enter as indicators.

    Notes
    -----
    The last row of the table, ``sd:<unit>``, is the standard deviation of the intercepts, in log odds; its
    interval is formed on the logarithm. Clustered errors need clusters that contain whole units.
    """
    unit = asked.unit
    if unit is None:
        raise InputError("no unit", "the column whose intercepts vary", key="unit")
    laid, notes = logit_design(asked, dummies)
    codes, names = pd.factorize(laid.groups[unit])
    clusters = clusters_of_units(asked, laid.groups, codes)
    # Orthonormal columns make the numerical derivatives accurate; undone below.
    rotation = Rotation.of(laid.x.to_numpy())
    target = _Likelihood(laid.y, rotation.columns, codes, len(names), points)
    params = _maximise(target, unit)
    hessian = _jacobian(lambda p: target.scores(p).sum(axis=0), params)
    covariance = likelihood_covariance(
        (hessian + hessian.T) / 2, target.scores(params), asked.errors, clusters
    )
    value = float(target.by_unit(params).sum())
    fit = fitted(
        "random_effects_logit",
        asked,
        laid,
        params,
        covariance,
        likelihood_statistics(value, len(params), len(laid.y)),
        (*notes, f"{points}-point adaptive quadrature", *left_out(laid.left_out)),
        back=block_diag(rotation.back, 1.0),
        names=[*laid.x.columns, f"log_sd:{unit}"],
    )
    table, last = fit.terms, len(fit.terms) - 1
    log_error = table.loc[last, "std_error"]
    for column in ("estimate", "lower", "upper"):
        table.loc[last, column] = np.exp(table.loc[last, column])
    table.loc[last, "term"] = f"sd:{unit}"
    table.loc[last, "std_error"] = table.loc[last, "estimate"] * log_error
    table.loc[last, "p_value"] = np.nan
    return fit


class _Likelihood:
    """Log-likelihood and scores by unit; parameters are the coefficients and the log standard deviation."""

    def __init__(self, y: np.ndarray, x: np.ndarray, codes: np.ndarray, units: int, points: int) -> None:
        self.sign = 2 * y - 1
        self.x, self.codes, self.units = x, codes, units
        self.nodes, weights = np.polynomial.hermite_e.hermegauss(points)
        self.log_weights = np.log(weights)
        self.mode = np.zeros(units)

    def _grid(self, params: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Standard-normal intercepts z (units, points), their log terms, and linear predictors by row."""
        fixed, sd = self.x @ params[:-1], np.exp(params[-1])
        mode, curvature = self._modes(fixed, sd)
        spread = 1 / np.sqrt(curvature)
        z = mode[:, None] + spread[:, None] * self.nodes
        eta = fixed[:, None] + sd * z[self.codes]
        log_p = -np.logaddexp(0, -self.sign[:, None] * eta)
        terms = self._sum(log_p) - z**2 / 2 + np.log(spread)[:, None] + self.nodes**2 / 2 + self.log_weights
        return z, terms - 0.5 * np.log(2 * np.pi), eta

    def _modes(self, fixed: np.ndarray, sd: float) -> tuple[np.ndarray, np.ndarray]:
        z = self.mode.copy()
        for _ in range(100):
            p = expit(self.sign * (fixed + sd * z[self.codes]))
            slope = np.bincount(self.codes, self.sign * (1 - p) * sd, self.units) - z
            curvature = np.bincount(self.codes, p * (1 - p) * sd**2, self.units) + 1
            step = np.clip(slope / curvature, -2, 2)
            z += step
            if np.abs(step).max() < 1e-12:
                break
        p = expit(self.sign * (fixed + sd * z[self.codes]))
        self.mode = z
        return z, np.bincount(self.codes, p * (1 - p) * sd**2, self.units) + 1

    def by_unit(self, params: np.ndarray) -> np.ndarray:
        """Log-likelihood of each unit, shape (units,)."""
        return logsumexp(self._grid(params)[1], axis=1)

    def scores(self, params: np.ndarray) -> np.ndarray:
        """First derivatives by unit, shape (units, parameters): means over the posterior of the intercept."""
        z, terms, eta = self._grid(params)
        weight = np.exp(terms - logsumexp(terms, axis=1, keepdims=True))
        residual = self.sign[:, None] * expit(-self.sign[:, None] * eta)
        mean = (residual * weight[self.codes]).sum(axis=1)
        slopes = np.stack([np.bincount(self.codes, mean * c, self.units) for c in self.x.T], axis=1)
        sd = np.exp(params[-1])
        last = (self._sum(residual) * z * weight).sum(axis=1) * sd
        return np.column_stack([slopes, last])

    def _sum(self, values: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(self.codes, column, self.units) for column in values.T], axis=1)


def _maximise(target: _Likelihood, unit: str) -> np.ndarray:
    """Estimates: a search within bounds, then Newton's steps to where the scores vanish.

    A step is halved while it neither raises the likelihood nor shortens the scores. Scores are means over the
    intercepts and the likelihood is a sum over quadrature points, so near the maximum one moves without the other.

    Raises
    ------
    InputError
        Where the SD of the intercepts ends at a bound, or Newton's steps do not.
    """
    bounds = [(-MOST, MOST)] * target.x.shape[1] + [(LEAST_LOG_SD, MOST_LOG_SD)]

    def negative(params: np.ndarray) -> tuple[float, np.ndarray]:
        return -float(target.by_unit(params).sum()), -target.scores(params).sum(axis=0)

    params = optimize.minimize(
        negative,
        np.zeros(len(bounds)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 2000, "maxfun": 20_000, "gtol": 1e-6, "ftol": 1e-14},
    ).x
    low, high = np.transpose(bounds)
    value, score = float(target.by_unit(params).sum()), target.scores(params).sum(axis=0)
    for _ in range(50):
        if params[-1] < LEAST_LOG_SD + 1:
            raise InputError(f"intercepts of {unit} that do not vary", "units that differ: use logit")
        if params[-1] > MOST_LOG_SD - 0.1:
            raise InputError(
                f"intercepts of {unit} whose SD has no maximum",
                f"rows that tell {unit} and terms apart: in these, {unit} alone decides the outcome",
            )
        step = _ascent(_jacobian(lambda p: target.scores(p).sum(axis=0), params), score)
        if np.abs(step).max() < 1e-9:
            return params
        size = 1.0
        while size > 1e-6:
            trial = np.clip(params + size * step, low, high)
            reached, slope = float(target.by_unit(trial).sum()), target.scores(trial).sum(axis=0)
            if np.linalg.norm(slope) < np.linalg.norm(score) or reached > value:
                break
            size /= 2
        else:
            if np.abs(step).max() < 1e-6:
                return params  # rounding is all that is left
            break
        params, value, score = trial, reached, slope
    raise InputError("random_effects_logit did not converge", "a model that converges: rescale or drop terms")


def _ascent(hessian: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Newton's step, with curvature turned downwards where the likelihood is not concave."""
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    curvature = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
    return vectors @ ((vectors.T @ score) / curvature)


def _jacobian(function, params: np.ndarray, width: float = 1e-5) -> np.ndarray:
    steps = width * np.eye(len(params))
    return np.stack([(function(params + s) - function(params - s)) / (2 * width) for s in steps], axis=1)


ESTIMATOR = Estimator(random_effects_logit, outcome="binary", effects="varying")
