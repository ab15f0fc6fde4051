"""Provisions as graded items: their coding, and the probability of each category.

Each provision of a treaty is a category 0..K-1 and follows Samejima's (1969) graded
response model with a probit link. With theta the treaty's depth (standard normal over
treaties), lambda the provision's loading and t its thresholds,

    P(provision >= k | theta) = Phi(lambda * theta - t[k] * sqrt(1 + lambda^2)).

Thresholds are kept on the marginal scale: integrating theta out gives
P(provision >= k) = Phi(-t[k]) whatever the loading, so that a threshold's prior is a
statement about how common a provision is, and thresholds and loadings are nearly
uncorrelated in the posterior. Priors live in `models.item_priors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.panel import KINDS, PROVISIONS

#: Beyond this many standard deviations a normal tail is zero in double precision.
FAR = 100.0
TINY = 1e-300


@dataclass(frozen=True)
class Coding:
    """Provisions as integer categories, and which of them carry information.

    Attributes
    ----------
    category : ndarray of int, shape (treaty, informative)
        Category 0..K-1; -1 where missing.
    names : tuple of str
        The informative provisions, in the order of the columns of `category`.
    levels : tuple of int
        Number of categories K of each informative provision.
    constant : tuple of str
        Provisions without variation (or without any value), which are left out.
    """

    category: np.ndarray
    names: tuple[str, ...]
    levels: tuple[int, ...]
    constant: tuple[str, ...]

    @property
    def cuts(self) -> list[str]:
        """Labels of the thresholds, ``provision>=k``, in the order of the flat vector."""
        return [f"{n}>={k}" for n, top in zip(self.names, self.levels, strict=True) for k in range(1, top)]


def code_provisions(
    provisions: np.ndarray,
    levels: Sequence[int] | None = None,
    *,
    names: Sequence[str] = PROVISIONS,
    known: Sequence[str] = (),
    coding: str = "binary-kinds",
) -> Coding:
    """Turn a table of provisions into categories and set constant ones aside.

    Parameters
    ----------
    provisions : ndarray, shape (treaty, provision)
        Categories 0..K-1 as floats, NaN where missing.
    levels : sequence of int, optional
        Number of categories of each provision; default: the largest category observed, plus one.
    names : sequence of str
        Names of the columns.
    known : sequence of str
        Provisions with an informative prior: these are kept even when constant, since the
        absence of a provision of known rarity and loading says something about depth.
    coding : {"binary-kinds", "published"}
        Whether provisions that are kinds rather than degrees (military aid, bases) are
        reduced to present or absent, or keep the source's codes.

    Raises
    ------
    ValueError
        For fractional or negative categories, categories above `levels`, or an unknown coding.
    """
    table = np.array(provisions, dtype=float)
    if table.ndim != 2 or table.shape[1] != len(names):
        raise ValueError(f"provisions has shape {table.shape}; expected (treaty, {len(names)})")
    if coding not in ("binary-kinds", "published"):
        raise ValueError(f"coding {coding!r} is not one of 'binary-kinds', 'published'")
    kept, columns, tops, constant = [], [], [], []
    for j, name in enumerate(names):
        values, seen = table[:, j], np.isfinite(table[:, j])
        if np.any(values[seen] < 0) or np.any(values[seen] != np.round(values[seen])):
            raise ValueError(f"provision {name!r} must hold whole categories 0..K-1 or NaN")
        top = int(levels[j]) if levels is not None else int(values[seen].max(initial=0)) + 1
        if coding == "binary-kinds" and name in KINDS:
            values, top = np.where(seen, np.minimum(values, 1.0), np.nan), min(top, 2)
        top = max(top, 2)
        if np.any(values[seen] > top - 1):
            raise ValueError(f"provision {name!r} has a category above the {top} declared")
        if name not in known and np.unique(values[seen]).size < 2:
            constant.append(name)
            continue
        kept.append(name)
        tops.append(top)
        columns.append(np.where(seen, values, -1).astype(int))
    if not kept:
        raise ValueError("no provision varies: there is nothing to measure depth with")
    return Coding(np.column_stack(columns), tuple(kept), tuple(tops), tuple(constant))


def item_of_cuts(levels: Sequence[int]) -> np.ndarray:
    """The item of each threshold in a flat vector of all, shape (sum of levels less items,)."""
    return np.repeat(np.arange(len(levels)), np.array(levels) - 1)


def edges(levels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds below and above each category of every item, shape (sum of levels,) each.

    Positions in a flat vector of thresholds, after which come the lower and the upper end of the scale.
    """
    ends = sum(levels) - len(levels)
    below: list[int] = []
    above: list[int] = []
    start = 0
    for top in levels:
        inside = range(start, start + top - 1)
        below += [ends, *inside]
        above += [*inside, ends + 1]
        start += top - 1
    return np.array(below), np.array(above)


def log_category(upper: TensorVariable, lower: TensorVariable) -> TensorVariable:
    """log(Phi(upper) - Phi(lower)) for upper > lower, computed in the tail where it is accurate."""
    side = pt.switch(upper + lower > 0, -1.0, 1.0)
    half = -side / np.sqrt(2.0)
    return pt.log(0.5 * side * (pt.erfc(half * upper) - pt.erfc(half * lower)) + TINY)
