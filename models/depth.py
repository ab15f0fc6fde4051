"""Latent depth of treaties inside a joint model, and the depth of a set of treaties.

Treaties carry explicit standard-normal latents here, because a dyad-year's depth needs
them by name. `models.graded` integrates them out where only items and scores are wanted;
both share the response probabilities of `models.items` and the priors of `models.item_priors`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.panel import PROVISIONS
from models.item_parameters import register_items
from models.item_priors import DepthPriors, ItemPrior, known_items
from models.items import FAR, Coding, code_provisions, log_category
from models.orientation import Orientation, orientation
from models.predictor.rowwise import product

__all__ = [
    "Coding",
    "DepthPriors",
    "ItemPrior",
    "Orientation",
    "code_provisions",
    "depth_of_sets",
    "graded_depth",
    "known_items",
    "orientation",
    "treaty_sets",
]

HOW = ("deepest", "latest", "sum")


def graded_depth(
    provisions: np.ndarray | Coding,
    levels: Sequence[int] | None = None,
    priors: DepthPriors | None = None,
    *,
    names: Sequence[str] = PROVISIONS,
    coding: str = "binary-kinds",
) -> TensorVariable:
    """Add the graded measurement of treaty depth to the PyMC model on the stack.

    Registers `treaty_depth` (treaty), `loading` (provision_informative), `threshold`
    (threshold_cut), their free variables, and the measurement log-likelihood as the
    potential `provisions_loglik`. All start at the prior median.

    Parameters
    ----------
    provisions : ndarray, shape (treaty, provision), or Coding
        Categories 0..K-1, NaN where missing; or the result of `code_provisions`, whose
        field `constant` names the provisions left out because they do not vary.
    levels : sequence of int, optional
        Number of categories of each provision, as in `code_provisions`.
    priors : DepthPriors, optional
        Declared priors; the defaults when None.
    names, coding
        As in `code_provisions`.

    Returns
    -------
    TensorVariable, shape (treaty,)
        Depth, in standard deviations over treaties; higher is deeper.
    """
    priors = priors or DepthPriors()
    if not isinstance(provisions, Coding):
        provisions = code_provisions(
            provisions, levels, names=names, known=tuple(priors.items), coding=coding
        )
    model = pm.modelcontext(None)
    treaties = provisions.category.shape[0]
    if "treaty" not in model.coords:
        model.add_coord("treaty", list(range(treaties)))
    if len(model.coords["treaty"]) != treaties:
        raise ValueError(f"the model has {len(model.coords['treaty'])} treaties; provisions has {treaties}")
    loading, cuts = register_items(provisions, priors, "provision_informative")
    # Not "depth": nutpie has a statistic of that name (of the NUTS tree) and drops the dims of its namesake.
    theta = pm.Normal("treaty_depth", 0.0, 1.0, dims="treaty", initval=np.zeros(treaties))
    pm.Potential("provisions_loglik", pt.sum(response_loglik(theta, loading, cuts, provisions)))
    return theta


def response_loglik(
    theta: TensorVariable, loading: TensorVariable, cuts: TensorVariable, coding: Coding
) -> TensorVariable:
    """Log probability of each observed response, flat over the non-missing entries."""
    treaty, item = np.nonzero(coding.category >= 0)
    start = np.concatenate([[0], np.cumsum([top - 1 for top in coding.levels])])[item]
    k, top = coding.category[treaty, item], np.array(coding.levels)[item]
    ends = pt.concatenate([cuts, np.array([-FAR, FAR])])
    below = np.where(k == 0, len(coding.cuts), start + k - 1)
    above = np.where(k == top - 1, len(coding.cuts) + 1, start + k)
    slope = loading[item] * theta[treaty]
    return log_category(slope - ends[below], slope - ends[above])


def treaty_sets(in_force: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct sets of treaties, shape (set, treaty), and each row's set, shape (row,)."""
    sets, index = np.unique(in_force.astype(bool), axis=0, return_inverse=True)
    return sets, index.ravel()


def depth_of_sets(
    theta: TensorVariable,
    in_force_sets: np.ndarray,
    how: str = "deepest",
    baseline: float | TensorVariable = -1.0,
    *,
    order: np.ndarray | None = None,
) -> TensorVariable:
    """Depth of a security relationship from the set of treaties in force.

    Parameters
    ----------
    theta : TensorVariable, shape (treaty,)
        Treaty depths.
    in_force_sets : ndarray of bool, shape (set, treaty)
        The distinct sets; a row of zeros is a dyad without a treaty.
    how : {"deepest", "latest", "sum"}
        The deepest treaty; the one that entered into force last; or the baseline plus each
        treaty's depth above the baseline (so that a shallow treaty still adds what it has
        over none, and the scale's arbitrary zero does not matter).
    baseline : float or TensorVariable
        Depth without any treaty, in standard deviations of depth over treaties.
    order : ndarray, shape (treaty,), required for "latest"
        Year or date of entry into force, or any key that grows with it.

    Returns
    -------
    TensorVariable, shape (set,)
    """
    mask = np.asarray(in_force_sets).astype(bool)
    if how not in HOW:
        raise ValueError(f"how {how!r} is not one of {', '.join(HOW)}")
    if how == "sum":
        return baseline + product(mask.astype(float), theta - baseline)
    if how == "latest":
        if order is None:
            raise ValueError("how='latest' needs the order in which treaties entered into force")
        if not np.all(np.isfinite(np.asarray(order, dtype=float))):
            raise ValueError("how='latest' needs the order of every treaty; some are missing")
        # The later column wins a tie, so that the choice does not depend on the platform's sort.
        rank = np.empty(mask.shape[1])
        rank[np.argsort(np.asarray(order, dtype=float), kind="stable")] = np.arange(mask.shape[1])
        mask = mask & (np.where(mask, rank, -1.0) == np.where(mask, rank, -1.0).max(axis=1, keepdims=True))
    # Only the non-empty sets take part in the maximum: an empty one has no treaty to look up.
    some = np.flatnonzero(mask.any(axis=1))
    out = pt.ones(mask.shape[0]) * baseline
    if some.size == 0:
        return out
    deepest = pt.max(pt.switch(mask[some], theta[None, :], -np.inf), axis=1)
    return pt.set_subtensor(out[some], deepest)
