"""Bayesian twins of regression tables: the same likelihood and design matrix, nearly flat declared priors.

The sampler sees rotated predictors (``X = Q R``), on which the posterior of a twin is close to a sphere; the
coefficients that a table prints are ``R^-1`` times the rotated ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.special import logaddexp
from pytensor.tensor.variable import TensorVariable

from models.likelihoods import Likelihood, Outcome
from models.rotation import Rotation

COEFFICIENT = "coefficient"
ROTATED = "rotated"
#: Prior SD of a rotated coefficient. A rotated column has mean square 1, so that for the Gaussian twin 10 means
#: ten SD of the outcome: Zellner's (1986) g-prior with g = 100 n, which shrinks an estimate by about 1 / (100 n).
WIDTH = 10.0


def gaussian_twin(y: np.ndarray, x: pd.DataFrame) -> pm.Model:
    """Twin of ordinary least squares, unit effects given as columns included.

    Parameters
    ----------
    y : ndarray, shape (row,)
        Outcome, any unit.
    x : DataFrame, shape (row, term)
        Design, the constant among its columns.

    Returns
    -------
    pymc.Model
        Deterministic ``coefficient`` (term; unit of y per unit of the term); free ``rotated`` and
        ``log_residual_ratio``, the log of the residual SD over the outcome's SD, with prior Normal(0, 5).
    """
    y = np.asarray(y, float)
    unit = float(y.std())
    rotation = Rotation.of(x.to_numpy(float))
    with pm.Model(coords=_coords(x)) as model:
        rotated = pm.Normal(ROTATED, 0.0, WIDTH, dims="rotated_term")
        log_ratio = pm.Normal("log_residual_ratio", 0.0, 5.0)
        pm.Deterministic(COEFFICIENT, unit * pt.dot(pt.constant(rotation.back), rotated), dims="term")
        pm.Deterministic("residual_sd", unit * pt.exp(log_ratio))
        # Sums of squares carry all that the rows say, so that a gradient does not depend on their number.
        n, standard = len(y), y / unit
        cross = rotation.columns.T @ standard
        squares = standard @ standard - 2 * pt.dot(cross, rotated) + n * pt.sum(rotated**2)
        pm.Potential(
            "outcome", -0.5 * squares * pt.exp(-2 * log_ratio) - n * (log_ratio + 0.5 * np.log(2 * np.pi))
        )
    return model


def logit_twin(y: np.ndarray, x: pd.DataFrame, group: np.ndarray | None = None) -> pm.Model:
    """Twin of a logit by maximum likelihood: Bernoulli with the same design, log odds per unit of a term.

    Parameters
    ----------
    y : ndarray, shape (row,)
        Positive for yes.
    x : DataFrame, shape (row, term)
    group : ndarray, shape (row,), optional
        Units with normal intercepts of their own (``unit_sd`` half-normal, scale 5): the twin of a
        random-effects logit, which integrates the same intercepts out.
    """
    rotation = Rotation.of(x.to_numpy(float))
    with pm.Model(coords=_coords(x)) as model:
        eta = _predictor(rotation, ROTATED, COEFFICIENT, "term")
        if group is not None:
            names, index = np.unique(np.asarray(group), return_inverse=True)
            model.add_coord("unit", list(names))
            eta = eta + (pm.HalfNormal("unit_sd", 5.0) * pm.Normal("unit_raw", 0.0, 1.0, dims="unit"))[index]
        sign = np.where(np.asarray(y) > 0, 1.0, -1.0)
        pm.Potential("outcome", -pt.softplus(-sign * eta).sum())
    return model


def zero_inflated_poisson_twin(y: np.ndarray, x: pd.DataFrame, z: pd.DataFrame) -> pm.Model:
    """Twin of a zero-inflated Poisson on whole counts.

    Parameters
    ----------
    y : ndarray, shape (row,)
        Whole counts; on anything else the Poisson is no likelihood and there is no twin.
    x, z : DataFrame, shape (row, term)
        Designs of the count and of the logit of a certain zero.

    Raises
    ------
    ValueError
        If a count has a fraction.
    """
    y = np.asarray(y, float)
    if (y != np.floor(y)).any():
        raise ValueError("a count with a fraction: the Poisson has no likelihood for it, so there is no twin")
    coords = _coords(x) | {"zero_term": list(z.columns), "rotated_zero_term": range(z.shape[1])}
    with pm.Model(coords=coords) as model:
        log_rate = _predictor(Rotation.of(x.to_numpy(float)), ROTATED, COEFFICIENT, "term")
        zero = _predictor(
            Rotation.of(z.to_numpy(float)), f"zero_{ROTATED}", f"zero_{COEFFICIENT}", "zero_term"
        )
        poisson = y * log_rate - pt.exp(log_rate) - pt.gammaln(y + 1)
        some = poisson - pt.softplus(zero)
        none = logaddexp(-pt.softplus(-zero), some)
        pm.Potential("outcome", pt.switch(pt.constant(y == 0), none, some).sum())
    return model


def generative_model(likelihood: Likelihood, outcome: Outcome, x: pd.DataFrame) -> pm.Model:
    """One of `models.likelihoods` with the same design for each of its parts.

    For tables whose estimator has no likelihood for its data: the nearest model that could have made them.
    Deterministic ``<part>_coefficient`` (term).
    """
    rotation = Rotation.of(x.to_numpy(float))
    with pm.Model(coords=_coords(x)) as model:
        eta = {
            part: _predictor(rotation, f"{part}_{ROTATED}", f"{part}_{COEFFICIENT}", "term")
            for part in likelihood.parts
        }
        params = likelihood.parameters({})
        pm.Potential("outcome", likelihood.logp(outcome, eta, params).sum())
    return model


def _coords(x: pd.DataFrame) -> dict[str, list]:
    return {"term": list(x.columns), "rotated_term": list(range(x.shape[1]))}


def _predictor(rotation: Rotation, rotated: str, coefficient: str, dim: str) -> TensorVariable:
    free = pm.Normal(rotated, 0.0, WIDTH, dims=f"rotated_{dim}")
    pm.Deterministic(coefficient, pt.dot(pt.constant(rotation.back), free), dims=dim)
    return pt.dot(pt.constant(rotation.columns), free)
