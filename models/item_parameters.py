"""Loadings and thresholds of graded items as random variables, and the identification of their sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.logprob.transforms import Transform
from pytensor.tensor.variable import TensorVariable
from scipy.linalg import block_diag

from models.item_priors import DepthPriors
from models.items import Coding, item_of_cuts
from models.predictor.rowwise import product


class Fold(Transform):
    """Fold a vector onto the half-space where a weighted sum of its entries is positive.

    A factor model's likelihood does not change when scores and loadings are both
    reflected. Folding maps each point and its reflection to the same loadings, so that
    a chain may start anywhere and no mirrored mode is left to fall into. The map is two
    to one with unit Jacobian; the density on the half-space is the declared one.

    Parameters
    ----------
    weights : array-like, shape (entry,)
        All ones ask for a positive sum; a unit vector for one positive entry.
    """

    name = "fold"
    ndim_supp = 0

    def __init__(self, weights) -> None:
        self.weights = np.asarray(weights, dtype=float)

    def forward(self, value, *_):
        """Loadings are one of their own two preimages."""
        return value

    def backward(self, value, *_):
        """Reflect where the weighted sum is negative."""
        return value * pt.switch((value * self.weights).sum(-1) < 0, -1.0, 1.0)

    def log_jac_det(self, value, *_):
        """Zero: a reflection keeps volumes."""
        return pt.zeros_like(value)


def register_items(coding: Coding, priors: DepthPriors, dim: str) -> tuple[TensorVariable, TensorVariable]:
    """Add loadings and thresholds to the model on the stack.

    Registers `loading` (dim), `threshold` (threshold_cut; marginal scale) and the free
    variables behind them, all starting at the prior median.

    Returns
    -------
    loading : TensorVariable, shape (informative,)
    cuts : TensorVariable, shape (threshold_cut,)
        Thresholds on the conditional scale, t * sqrt(1 + lambda^2), flat in the order of `coding.cuts`.
    """
    model = pm.modelcontext(None)
    model.add_coord(dim, list(coding.names))
    model.add_coord("threshold_cut", coding.cuts)
    loading = pm.Deterministic("loading", _loadings(coding, priors), dims=dim)
    first_mean, first_sd = np.array(
        [
            priors.items[n].threshold if n in priors.items else (priors.threshold_mean, priors.threshold_sd)
            for n in coding.names
        ]
    ).T
    first = pm.Normal("threshold_first", first_mean, first_sd, dims=dim, initval=first_mean)
    pieces = first
    gaps = [cut for cut in coding.cuts if not cut.endswith(">=1")]
    owner = item_of_cuts(coding.levels)
    if gaps:
        mean, sd = _gap_prior(gaps, priors)
        model.add_coord("threshold_gap_cut", gaps)
        gap = pm.LogNormal("threshold_gap", mean, sd, dims="threshold_gap_cut", initval=np.exp(mean))
        pieces = pt.concatenate([first, gap])
    threshold = pm.Deterministic("threshold", product(accumulator(coding), pieces), dims="threshold_cut")
    return loading, threshold * pt.sqrt(1 + loading[owner] ** 2)


def _loadings(coding: Coding, priors: DepthPriors) -> TensorVariable:
    """Loadings in the order of `coding.names`, with the sign identified as `priors.sign` says."""
    others = [n for n in coding.names if n != priors.anchor]
    known = [priors.items[n].loading if n in priors.items else None for n in others]
    mean, sd = np.array([k or (priors.loading_mean, priors.loading_sd) for k in known]).reshape(-1, 2).T
    median, log_sd = priors.anchor_loading_median, priors.anchor_loading_log_sd
    if priors.anchor in priors.items:
        centre, spread = priors.items[priors.anchor].loading
        log_sd = float(np.sqrt(np.log1p((spread / centre) ** 2)))
        median = centre * float(np.exp(-(log_sd**2) / 2))
    return signed_loadings(coding.names, priors, mean, sd, median, log_sd)


def signed_loadings(names, priors, mean, sd, median, log_sd) -> TensorVariable:
    """Loadings of `names`: lognormal for `priors.anchor`, normal and folded for the others.

    `mean` and `sd`, shape (other,), belong to the others; `median` and `log_sd` to the anchor.
    Registers `loading_other` and `loading_anchor`.
    """
    folded = priors.sign == "anchor"
    others = [n for n in names if n != priors.anchor]
    pm.modelcontext(None).add_coord("other", others)
    fold = {"default_transform": Fold(np.ones(len(others)))} if folded else {}
    free = pm.Normal("loading_other", mean, sd, dims="other", initval=mean, **fold) if others else None
    if priors.anchor not in names:
        return free
    if folded:
        anchor = pm.LogNormal("loading_anchor", np.log(median), log_sd, initval=median)
    else:
        anchor = pm.Normal("loading_anchor", 0.0, median, initval=0.0)
    at = list(names).index(priors.anchor)
    return anchor[None] if free is None else pt.concatenate([free[:at], anchor[None], free[at:]])


def simulate_loadings(rng: np.random.Generator, names: Sequence[str], priors: Any) -> np.ndarray:
    """Draw loadings, shape (name,), from the identified prior: `signed_loadings` with the default of the others."""
    is_anchor = np.array([n == priors.anchor for n in names])
    loading = np.empty(len(names))
    log_anchor = priors.anchor_loading_log_sd * rng.standard_normal(is_anchor.sum())
    loading[is_anchor] = priors.anchor_loading_median * np.exp(log_anchor)
    # The declared prior of the others is a normal cut to the half-space of positive sums.
    others = np.full((~is_anchor).sum(), -1.0)
    while others.sum() < 0:
        others = rng.normal(priors.loading_mean, priors.loading_sd, others.size)
    loading[~is_anchor] = others
    return loading


def _gap_prior(gaps: list[str], priors: DepthPriors) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of the log gaps labelled `gaps`."""
    out = []
    for label in gaps:
        name, k = label.split(">=")
        known = priors.items[name].log_gap if name in priors.items else ()
        out.append(known[int(k) - 2] if known else (float(np.log(priors.gap_median)), priors.gap_log_sd))
    mean, sd = np.array(out).T
    return mean, sd


def accumulator(coding: Coding) -> np.ndarray:
    """The 0/1 matrix that turns [first thresholds, gaps] into thresholds, shape (cut, item + gap)."""
    items, steps = np.arange(len(coding.levels)), np.array(coding.levels) - 1
    first = item_of_cuts(coding.levels)[:, None] == items
    return np.hstack([first, block_diag(*(np.tri(size, size - 1, k=-1) for size in steps))])
