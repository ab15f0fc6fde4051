"""Latent depth of treaties inside a joint model, and the depth of a set of treaties.

Treaties that bind somebody carry explicit standard-normal latents here, because a dyad-year's depth needs
them by name. `models.graded` integrates them out where only items and scores are wanted;
both share the response probabilities of `models.items` and the priors of `models.item_priors`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.distinct import distinct_rows
from models.given import exchangeable
from models.graded import indicator, pattern_loglik, patterns
from models.item_parameters import register_items
from models.item_priors import DepthPriors
from models.items import FAR, Coding, edges, log_category
from models.predictor.rowwise import product

HOW = ("deepest", "latest", "sum")


@dataclass(frozen=True)
class Treaties:
    """Answers of treaties to graded items, and how each treaty is measured.

    Attributes
    ----------
    coding : Coding
        Of all treaties.
    own : ndarray of bool, shape (treaty,)
        Those with a depth of their own in the model.
    others : ndarray of bool, shape (treaty,)
        Those that inform the items alone: their depth is integrated out.
    """

    coding: Coding
    own: np.ndarray
    others: np.ndarray

    def coded(self, which: np.ndarray) -> Coding:
        """The coding of some treaties, which an index of shape (chosen,) names."""
        return replace(self.coding, category=self.coding.category[which])

    def data(self, category: np.ndarray) -> dict[str, np.ndarray]:
        """Data of a model for `category`, shape (treaty, item), at the gaps of the coding.

        Returns
        -------
        dict
            ``answer_below`` and ``answer_above`` as from `around`; ``answer_marks`` as from `models.graded.indicator`,
            where there are `others`.
        """
        below, above = around(self.coded(self.own), category[self.own])
        data = {"answer_below": below, "answer_above": above}
        if self.others.any():
            seen = np.where(self.coding.category >= 0, category, -1)
            data["answer_marks"] = indicator(seen[self.others], self.coding.levels)
        return data


def graded_depth(treaties: Treaties, priors: DepthPriors, *, exchanged: bool = False) -> TensorVariable:
    """Add the graded measurement of treaty depth to the PyMC model on the stack, whose dim `treaty` is given.

    Registers `treaty_depth` (treaty), `loading` (provision_informative), `threshold` (threshold_cut), their free
    variables, and the log-likelihoods `provisions_loglik` and, of treaties without a depth of their own,
    `other_treaties_loglik`. All start at the prior median.

    Parameters
    ----------
    treaties : Treaties
    priors : DepthPriors
    exchanged : bool
        Whether answers are data of the model, named as by `Treaties.data`. Other treaties are then counted one by
        one; otherwise once an answer pattern.

    Returns
    -------
    TensorVariable, shape (treaty,)
        Depth, in standard deviations over treaties; higher is deeper.

    Raises
    ------
    ValueError
        If the model's dim has another length.
    """
    coding, size = treaties.coding, int(treaties.own.sum())
    if (found := len(pm.modelcontext(None).coords["treaty"])) != size:
        raise ValueError(f"the model has {found} treaties; provisions has {size}")
    loading, cuts = register_items(coding, priors, "provision_informative")
    # Not "depth": nutpie has a statistic of that name (of the NUTS tree) and drops the dims of its namesake.
    theta = pm.Normal("treaty_depth", 0.0, 1.0, dims="treaty", initval=np.zeros(size))
    data = treaties.data(coding.category) if exchanged else {}
    data = {name: exchangeable(name, value) for name, value in data.items()}
    ends = (data["answer_below"], data["answer_above"]) if exchanged else None
    own = response_loglik(theta, loading, cuts, treaties.coded(treaties.own), ends)
    pm.Potential("provisions_loglik", own.sum())
    if treaties.others.any():
        distinct = patterns(treaties.coded(treaties.others))
        marks = data["answer_marks"] if exchanged else pt.constant(distinct.indicator)
        each = pattern_loglik(loading, cuts, marks, coding.levels)
        pm.Potential("other_treaties_loglik", (each if exchanged else distinct.count * each).sum())
    return theta


def around(coding: Coding, category: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds below and above each answer, flat over the non-missing entries of a coding.

    Positions in `coding.cuts`, after which come the lower and the upper end; of `category`, shape (treaty, item), in
    place of the coding's.
    """
    treaty, item = np.nonzero(coding.category >= 0)
    first = np.cumsum(coding.levels) - coding.levels
    answer = first[item] + (coding.category if category is None else category)[treaty, item]
    below, above = edges(coding.levels)
    return below[answer], above[answer]


def response_loglik(
    theta: TensorVariable,
    loading: TensorVariable,
    cuts: TensorVariable,
    coding: Coding,
    ends: tuple[Any, Any] | None = None,
) -> TensorVariable:
    """Log probability of each observed response, flat over the non-missing entries.

    `ends` are those of `around`, of other answers at the same entries.
    """
    treaty, item = np.nonzero(coding.category >= 0)
    below, above = around(coding) if ends is None else ends
    bounds = pt.concatenate([cuts, np.array([-FAR, FAR])])
    slope = loading[item] * theta[treaty]
    return log_category(slope - bounds[below], slope - bounds[above])


def treaty_sets(in_force: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct sets of treaties, shape (set, treaty), and each row's set, shape (row,)."""
    return distinct_rows(in_force.astype(bool))


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
