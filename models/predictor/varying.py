"""Varying intercepts, each sampled as what the data speak of.

Data about a state or a treaty with many rows speak of its level: its intercept plus all that the other terms of
the predictor give its rows on average. Were the intercept itself sampled, a slope could not move without moving
every intercept against it, and chains would crawl along that ridge. So the level is sampled, normal around what
the other terms give, which is the same model (hierarchical centring; Gelfand, Sahu & Carlin 1995). Groups about
which data say nothing are sampled as standard normals times their spread, and those in between as both in part.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.predictor.coefficients import in_posterior_sds
from models.predictor.rowwise import EVERY, Rowwise, rowwise, take


def informative_rows(part: str, likelihood, share: np.ndarray) -> np.ndarray:
    """Rows that inform a part, shape (row,), bool: all, or those with a positive outcome."""
    if part in likelihood.positive_only:
        return share > 0
    return np.ones(len(share), bool)


def members(index: np.ndarray, groups: int, rows: np.ndarray, weight: TensorVariable | None):
    """Number of each group's rows that count, shape (groups,).

    Parameters
    ----------
    index : ndarray of int, shape (row,)
    groups : int
    rows : ndarray of bool, shape (row,)
        Which rows count.
    weight : tensor, shape (row,), or None
        Rows of weight zero do not count; the number is then a tensor.
    """
    if weight is None:
        return np.bincount(index[rows], minlength=groups)
    at = np.flatnonzero(rows)
    return pt.zeros(groups)[index[at]].inc(pt.gt(weight[at], 0))


def mean_over(
    index: np.ndarray,
    groups: int,
    rows: np.ndarray,
    values: TensorVariable | Rowwise,
    weight: TensorVariable | None = None,
) -> TensorVariable:
    """Mean of `values` (row,) over the rows of each group, shape (groups,); 0 for a group without any.

    Parameters
    ----------
    index, groups, rows, weight
        As in `members`, which says which rows count.
    values : tensor or Rowwise, shape (row,)
    """
    total = total_over(index, groups, rows, values, weight)
    return total / pt.maximum(members(index, groups, rows, weight), 1)


def total_over(
    index: np.ndarray,
    groups: int,
    rows: np.ndarray,
    values: TensorVariable | Rowwise,
    weight: TensorVariable | None = None,
) -> TensorVariable:
    """Sum of `values` over the rows of each group, shape (groups,); arguments as in `mean_over`."""
    at = EVERY if rows.all() else np.flatnonzero(rows)
    counts = None if weight is None else pt.gt(take(weight, at), 0)
    return rowwise(values).total(take(index, at), groups, at, counts)


def varying_with_error(
    name: str,
    dim: str,
    spread: TensorVariable,
    error: np.ndarray,
    elsewhere: TensorVariable,
    usual: float,
) -> TensorVariable:
    """Register intercepts of few groups, whose spread may be near zero, and return them, shape (dim,).

    Parameters
    ----------
    name, dim, spread, elsewhere, usual
        As for `varying`.
    error : ndarray, shape (dim,)
        Rough standard error of a group's level estimated alone.

    Notes
    -----
    As `varying`, but for how much is known: ``g = spread^2 / (spread^2 + error^2)`` at the spread at hand. Few groups
    leave their spread open, and a level that data know well is a funnel where it is near zero. In units of its
    posterior SD, see `models.predictor.coefficients.posterior_sd`, an intercept is neither at any spread.
    """
    found = in_posterior_sds(f"{name}_raw", dim, spread, error, elsewhere - usual)
    return pm.Deterministic(name, found, dims=dim)


def varying(
    name: str,
    dim: str,
    spread: TensorVariable,
    known: np.ndarray | TensorVariable,
    elsewhere: TensorVariable | float = 0.0,
    usual: float = 0.0,
) -> TensorVariable:
    """Register intercepts that vary on `dim`, and return them, shape (dim,).

    Parameters
    ----------
    name : str
        The intercepts; what is sampled is called ``<name>_raw``.
    dim : str
    spread : tensor, shape ()
        Their standard deviation.
    known : ndarray or tensor, shape (dim,)
        How much of each group's level data know, 0 (its prior alone) to 1: about ``i / (i + 1 / spread^2)``, where
        the data have information `i` about it.
    elsewhere : tensor, shape (dim,)
        What the other terms of the predictor give each group's rows on average.
    usual : float
        About what that is, so that little is left of it to be divided by a power of the spread.

    Notes
    -----
    With share w known, data pull the intercept e toward ``w (level - elsewhere)``. What is sampled is
    ``(e + w (elsewhere - usual)) / spread^(1 - w)``, which then moves with neither: the level at w = 1, a multiple
    of the spread at w = 0, both in part for a group with few rows (Papaspiliopoulos, Roberts & Sköld 2007).
    """
    if isinstance(known, np.ndarray) and not known.any():
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=dim)
        return pm.Deterministic(name, spread * raw, dims=dim)
    scale = spread**known
    centre = known * (elsewhere - usual)
    raw = pm.Normal(f"{name}_raw", centre * scale / spread, scale, dims=dim)
    return pm.Deterministic(name, raw * spread / scale - centre, dims=dim)
