"""Response probabilities of graded provisions, and the priors that identify their sign.

Each provision of a treaty is a category 0..K-1 and follows Samejima's (1969) graded
response model with a probit link. With theta the treaty's depth (standard normal over
treaties), lambda the provision's loading and t its thresholds,

    P(provision >= k | theta) = Phi(lambda * theta - t[k] * sqrt(1 + lambda^2)).

Thresholds are kept on the marginal scale: integrating theta out gives
P(provision >= k) = Phi(-t[k]) whatever the loading, so that a threshold's prior is a
statement about how common a provision is, and thresholds and loadings are nearly
uncorrelated in the posterior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pydantic import BaseModel, ConfigDict, Field
from pymc.logprob.transforms import Transform
from pytensor.tensor.variable import TensorVariable

PROVISIONS = (
    "military_contact",
    "common_defence_policy",
    "integrated_command",
    "military_aid",
    "bases",
    "specific_contributions",
    "organisation",
    "economic_aid",
    "secrecy",
)
#: Provisions whose categories are kinds (grants, loans, exclusive bases, ...), not degrees.
KINDS = ("military_aid", "bases")
#: Beyond this many standard deviations a normal tail is zero in double precision.
FAR = 100.0
TINY = 1e-300


class ItemPrior(BaseModel):
    """What is already known of one provision, from a posterior of earlier treaties.

    All entries are (mean, sd) of normal distributions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    loading: tuple[float, float] = Field(description="loading, latent SDs of the response per SD of depth")
    threshold: tuple[float, float] = Field(
        description="first threshold t[1]; Phi(-t[1]) is the share of treaties with the provision"
    )
    log_gap: tuple[tuple[float, float], ...] = Field(
        default=(), description="logarithms of the K - 2 distances between successive thresholds"
    )


class DepthPriors(BaseModel):
    """Proper priors of the graded measurement model; every default is visible here.

    Depth has mean 0 and standard deviation 1 over treaties; loadings are in standard
    deviations of the latent response per standard deviation of depth (1 means that
    depth explains half the variance of the response).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    anchor_loading_median: float = Field(
        1.0, gt=0, description="median of the lognormal loading of the anchor"
    )
    anchor_loading_log_sd: float = Field(0.5, gt=0, description="SD of the log loading of the anchor")
    loading_mean: float = Field(0.8, description="mean of the other loadings (leans positive)")
    loading_sd: float = Field(0.8, gt=0, description="SD of the other loadings")
    threshold_mean: float = Field(
        1.0, description="mean of first thresholds; 1.0 is a provision in 16 % of treaties"
    )
    threshold_sd: float = Field(1.0, gt=0, description="SD of first thresholds")
    gap_median: float = Field(0.4, gt=0, description="median distance between successive thresholds")
    gap_log_sd: float = Field(0.75, gt=0, description="SD of the log distance between thresholds")
    anchor: str = Field("bases", description="the provision whose loading is lognormal, where it varies")
    sign: str = Field(
        "anchor",
        pattern="^(anchor|none)$",
        description="'anchor': lognormal anchor loading and positive sum of the others; "
        "'none': symmetric anchor prior and no constraint, to show what the first prevents",
    )
    items: dict[str, ItemPrior] = Field(
        default_factory=dict, description="informative priors by provision; the others keep the defaults"
    )


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

    def forward(self, value, *inputs):
        """Loadings are one of their own two preimages."""
        return value

    def backward(self, value, *inputs):
        """Reflect where the weighted sum is negative."""
        return value * pt.switch(pt.dot(value, self.weights) < 0, -1.0, 1.0)

    def log_jac_det(self, value, *inputs):
        """Zero: a reflection keeps volumes."""
        return pt.zeros_like(value)


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
    owner = np.repeat(np.arange(len(coding.names)), [top - 1 for top in coding.levels])
    if gaps:
        mean, sd = _gap_prior(gaps, priors)
        model.add_coord("threshold_gap_cut", gaps)
        gap = pm.LogNormal("threshold_gap", mean, sd, dims="threshold_gap_cut", initval=np.exp(mean))
        pieces = pt.concatenate([first, gap])
    threshold = pm.Deterministic("threshold", pt.dot(_accumulator(coding), pieces), dims="threshold_cut")
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


def _gap_prior(gaps: list[str], priors: DepthPriors) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of the log gaps labelled `gaps`."""
    out = []
    for label in gaps:
        name, k = label.split(">=")
        known = priors.items[name].log_gap if name in priors.items else ()
        out.append(known[int(k) - 2] if known else (float(np.log(priors.gap_median)), priors.gap_log_sd))
    mean, sd = np.array(out).T
    return mean, sd


def _accumulator(coding: Coding) -> np.ndarray:
    """The 0/1 matrix that turns [first thresholds, gaps] into thresholds, shape (cut, item + gap)."""
    items, cuts = len(coding.names), coding.cuts
    matrix = np.zeros((len(cuts), len(cuts)))
    row, gap = 0, items
    for j, top in enumerate(coding.levels):
        for k in range(1, top):
            matrix[row, j] = 1.0
            matrix[row, gap : gap + k - 1] = 1.0
            row += 1
        gap += top - 2
    return matrix


def log_category(upper: TensorVariable, lower: TensorVariable) -> TensorVariable:
    """log(Phi(upper) - Phi(lower)) for upper > lower, computed in the tail where it is accurate."""
    side = pt.switch(upper + lower > 0, -1.0, 1.0)
    half = -side / np.sqrt(2.0)
    return pt.log(0.5 * side * (pt.erfc(half * upper) - pt.erfc(half * lower)) + TINY)
