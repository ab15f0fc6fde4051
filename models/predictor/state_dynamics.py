"""Effects of a state that move over years, around the level that its varying intercept gives.

A state's intercept stands for its habit. Governments, budgets and wars elsewhere change what it sends from year to
year, and rows of one state in neighbouring years are then more alike than its intercept alone allows: taken
for independent, they would count for more than they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.common.errors import InputError

if TYPE_CHECKING:
    from models.spec import ContributionPriors, Dynamics


def ar1_factor(years: np.ndarray, autocorrelation: TensorVariable | float) -> TensorVariable:
    """Lower triangle L of a stationary AR(1) with variance one: ``L z`` has its covariance for standard normal z.

    Parameters
    ----------
    years : ndarray of int, shape (year,)
        Rising; they need not follow each other.
    autocorrelation : scalar in (0, 1)
        Correlation r of neighbouring years.

    Returns
    -------
    tensor, shape (year, year)
        ``L[t, s] = r^(t - s) sqrt(1 - r^(2 g_s))`` for s up to t, with g_s the years since the one before s on the
        grid; the first column is ``r^(t - first)``, the stationary start. ``L L'`` is ``r^|t - s|``.

    Notes
    -----
    Years that are not on the grid are steps all the same: their innovations are added up in closed form, so that
    they cost no parameters.
    """
    years = np.asarray(years, float)
    apart = np.clip(years[:, None] - years, 0.0, None)
    log_r = pt.log(autocorrelation)
    fresh = pt.sqrt(-pt.expm1(2.0 * log_r * np.diff(years)))
    scale = pt.concatenate([np.ones(1), fresh])
    return np.tri(len(years)) * pt.exp(log_r * apart) * scale


def walk_factor(years: np.ndarray) -> np.ndarray:
    """Turn standard normal innovations into a random walk with unit steps that is zero in the first year.

    Parameters
    ----------
    years : ndarray of int, shape (year,)
        Rising; a gap of g years is a step with variance g.

    Returns
    -------
    ndarray, shape (year, year - 1)
        ``L L'`` is ``min(t, s)``, in years since the first.
    """
    steps = np.sqrt(np.diff(np.asarray(years, float)))
    return np.tri(len(years), len(years) - 1, k=-1) * steps


def state_year(
    part: str,
    dynamics: Dynamics,
    state: np.ndarray,
    year: np.ndarray,
    priors: ContributionPriors,
    unit: float,
) -> TensorVariable:
    """Register one part's movement of states over years, and return it for each row, shape (row,).

    Parameters
    ----------
    part : str
    dynamics : {"ar1", "random_walk"}
    state, year : ndarray of int, shape (row,)
        Position on the dim `state`; calendar year.
    priors : ContributionPriors
    unit : float
        The likelihood's unit of a predictor.

    Raises
    ------
    InputError
        If the panel has one year only.

    Notes
    -----
    Registers ``{part}_state_year`` (state, year), in units of the predictor. The grid holds the years of the
    panel, and a state without rows in one of them still takes its step there. Innovations are non-centred: a
    state has a row or two a year, which say little about each, and the spread may well be zero. Where a state has one
    row a year and the likelihood has noise of its own, movement and noise are told apart by autocorrelation
    alone: expect few effective draws of both spreads.
    """
    years, position = np.unique(year, return_inverse=True)
    if len(years) < 2:
        raise InputError(
            f"{dynamics!r} on a panel of the single year {years[0]}",
            "'none', or a panel of at least two years",
            column="state_dynamics",
        )
    model = pm.modelcontext(None)
    if "year" not in model.coords:
        model.add_coord("year", years)
        model.add_coord("year_after_first", years[1:])
    name = f"{part}_state_year"
    if dynamics == "ar1":
        spread = pm.HalfNormal(f"{name}_sd", priors.state_year * unit)
        autocorrelation = pm.Beta(f"{part}_state_autocorrelation", *priors.state_autocorrelation)
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=("state", "year"))
        moved = pt.dot(raw, ar1_factor(years, autocorrelation).T)
    else:
        spread = pm.HalfNormal(f"{part}_state_step_sd", priors.state_step * unit)
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=("state", "year_after_first"))
        moved = pt.dot(raw, walk_factor(years).T)
    effect = pm.Deterministic(name, spread * moved, dims=("state", "year"))
    return effect[state, position]
