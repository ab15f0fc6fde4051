"""Graded-response measurement model with the scores integrated out.

Treaties with the same answers have the same likelihood and the same posterior of their
score, so that the integral over depth is taken once per distinct answer pattern, by the
trapezoid rule on a regular grid. That rule converges exponentially for smooth
integrands with normal tails; `STEP` is small against the narrowest score posterior met.
Response probabilities are those of `models.items`, priors those of `models.item_priors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import erfc

from models.item_parameters import register_items, simulate_loadings
from models.item_priors import DepthPriors
from models.items import FAR, TINY, Coding, edges, item_of_cuts

REACH, STEP = 5.4, 0.3
#: Score draws use a finer grid, since they are interpolated inside its cells.
FINE_REACH, FINE_STEP = 5.5, 0.1


@dataclass(frozen=True)
class Patterns:
    """Distinct answer patterns of a set of treaties.

    Attributes
    ----------
    coding : Coding
        Names, levels and categories of the provisions.
    category : ndarray of int, shape (pattern, informative)
        -1 where missing.
    count : ndarray, shape (pattern,)
        Treaties with each pattern.
    index : ndarray of int, shape (treaty,)
        The pattern of each treaty.
    """

    coding: Coding
    category: np.ndarray
    count: np.ndarray
    index: np.ndarray

    @property
    def indicator(self) -> np.ndarray:
        """0/1 matrix of observed categories, shape (category of every item, pattern)."""
        return indicator(self.category, self.coding.levels)


def patterns(coding: Coding) -> Patterns:
    """Group treaties by their answers."""
    distinct, index, count = np.unique(coding.category, axis=0, return_inverse=True, return_counts=True)
    return Patterns(coding, distinct, count.astype(float), index.ravel())


def indicator(category: np.ndarray, levels: Sequence[int]) -> np.ndarray:
    """Mark the category that each pattern takes, shape (sum of levels, pattern); missing marks none."""
    blocks = [
        (category[:, j] == k)[None, :].astype(float) for j, top in enumerate(levels) for k in range(top)
    ]
    return np.concatenate(blocks)


def graded_model(answers: Patterns, priors: DepthPriors | None = None) -> pm.Model:
    """Build the graded model over the distinct patterns.

    Parameters
    ----------
    answers : Patterns
        Held as data `indicator` and `count`, so that a compiled model can be given other
        answers with as many patterns.
    priors : DepthPriors, optional

    Returns
    -------
    pm.Model
        With `loading` (provision) and `threshold` (threshold_cut).
    """
    priors = priors or DepthPriors()
    with pm.Model() as model:
        marks = pm.Data("indicator", answers.indicator)
        count = pm.Data("count", answers.count)
        loading, cuts = register_items(answers.coding, priors, "provision")
        loglik = pattern_loglik(loading, cuts, marks, answers.coding.levels)
        pm.Potential("provisions_loglik", pt.dot(count, loglik))
    return model


def pattern_loglik(
    loading: TensorVariable, cuts: TensorVariable, marks: TensorVariable, levels: Sequence[int]
) -> TensorVariable:
    """Log probability of each answer pattern, depth integrated out, shape (pattern,).

    `loading` (item,); `cuts` (threshold_cut,) on the conditional scale; `marks` as from `indicator`.
    """
    grid = np.arange(-REACH, REACH + STEP / 2, STEP)
    weight = np.exp(-0.5 * grid**2) * STEP / np.sqrt(2 * np.pi)
    owner = item_of_cuts(levels)
    # Ends of the scale are thresholds like others, so that all categories are computed at once.
    slope = pt.concatenate([loading[owner], np.zeros(2)])
    away = slope[:, None] * grid - pt.concatenate([cuts, np.array([-FAR, FAR])])[:, None]
    side = 1.0 - 2.0 * (away < 0)
    tail = side * pt.erfc(side * away / np.sqrt(2.0))
    low, high = edges(levels)
    # Half the difference of two error functions, each of which is a sign less its tail: signs cancel exactly.
    probability = 0.5 * (side[low] - side[high] - (tail[low] - tail[high]))
    joint = pt.dot(pt.log(probability + TINY).T, marks)
    # The largest term is taken out, rounded: a step function has no gradient that would have to be computed, and cancel.
    # Every pattern has a node with positive weight and needs no guard for -inf.
    peak = pt.ceil(pt.max(joint, axis=0))
    return peak + pt.log(pt.sum(pt.exp(joint - peak) * weight[:, None], axis=0))


def category_log_probability(
    theta: np.ndarray, loading: np.ndarray, cuts: np.ndarray, levels: Sequence[int]
) -> np.ndarray:
    """Log probability of every category on a grid of depths.

    Parameters
    ----------
    theta : ndarray, shape (node,)
    loading : ndarray, shape (draw, item)
    cuts : ndarray, shape (draw, threshold_cut)
        Thresholds on the conditional scale, t * sqrt(1 + lambda^2).

    Returns
    -------
    ndarray, shape (draw, sum of levels, node)
    """
    owner = item_of_cuts(levels)
    # As in `pattern_loglik`: scores are drawn from the conditional of what was sampled.
    away = loading[:, owner, None] * theta - cuts[:, :, None]
    side = np.where(away > 0, 1.0, -1.0)
    tail = side * erfc(np.abs(away) / np.sqrt(2.0))
    ends = np.broadcast_to(np.array([1.0, -1.0])[:, None], (len(away), 2, theta.size))
    side, tail = np.concatenate([side, ends], axis=1), np.concatenate([tail, 0 * ends], axis=1)
    low, high = edges(levels)
    return np.log(0.5 * (side[:, low] - side[:, high] - (tail[:, low] - tail[:, high])) + TINY)


def conditional_cuts(loading: np.ndarray, threshold: np.ndarray, levels: Sequence[int]) -> np.ndarray:
    """Put marginal thresholds t on the conditional scale, t * sqrt(1 + lambda^2); shapes as for draws."""
    owner = item_of_cuts(levels)
    return threshold * np.sqrt(1 + loading[..., owner] ** 2)


def graded_scores(
    rng: np.random.Generator,
    loading: np.ndarray,
    threshold: np.ndarray,
    answers: Patterns,
    *,
    chunk: int = 20,
) -> np.ndarray:
    """Draw each treaty's depth from its conditional given item parameters.

    The conditional density is tabulated on a grid of width `FINE_STEP`, taken as linear
    inside its cells, and inverted exactly; treaties with the same answers get draws of
    their own.

    Parameters
    ----------
    loading : ndarray, shape (draw, item)
    threshold : ndarray, shape (draw, threshold_cut)
        Marginal scale.

    Returns
    -------
    ndarray, shape (draw, treaty)
    """
    grid = np.arange(-FINE_REACH, FINE_REACH + FINE_STEP / 2, FINE_STEP)
    marks, levels = answers.indicator, answers.coding.levels
    cuts = conditional_cuts(loading, threshold, levels)
    out = np.empty((loading.shape[0], answers.index.size))
    for start in range(0, len(out), chunk):
        part = slice(start, min(start + chunk, len(out)))
        table = category_log_probability(grid, loading[part], cuts[part], levels)
        density = marks.T @ table
        density -= 0.5 * grid**2
        density -= density.max(axis=-1, keepdims=True)
        np.exp(density, out=density)
        out[part] = _invert(rng, grid, density, answers.index)
    return out


def _invert(rng: np.random.Generator, grid: np.ndarray, density: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Draw from piecewise linear densities, shape (draw, pattern, node), one draw per treaty of `index`."""
    draws, count, nodes = density.shape
    mass = (0.5 * (density[..., 1:] + density[..., :-1])).reshape(-1, nodes - 1)
    # One sorted vector for all (draw, pattern) pairs, where each begins as the one before ends.
    total = np.cumsum(mass.ravel())
    ends = total[nodes - 2 :: nodes - 1]
    starts = np.concatenate([[0.0], ends[:-1]])
    pair = np.arange(draws)[:, None] * count + index
    u = rng.random(pair.shape)
    at = starts[pair] + u * (ends - starts)[pair]
    cell = np.searchsorted(total, at.ravel(), side="right").reshape(pair.shape) - pair * (nodes - 1)
    cell = np.clip(cell, 0, nodes - 2)
    low = density.reshape(-1, nodes)[pair, cell]
    high = density.reshape(-1, nodes)[pair, cell + 1]
    v = rng.random(u.shape)
    # A linear density a + (b - a) x on [0, 1] has the inverse distribution below.
    fraction = v * (low + high) / (low + np.sqrt(low**2 + v * (high**2 - low**2)) + TINY)
    return grid[cell] + (grid[1] - grid[0]) * fraction


def simulate_items_prior(
    rng: np.random.Generator, names: Sequence[str], levels: Sequence[int], priors: DepthPriors
) -> tuple[np.ndarray, np.ndarray]:
    """Draw (loading, threshold) from the default prior, shapes (item,) and (threshold_cut,)."""
    if priors.sign != "anchor" or priors.items:
        raise ValueError("only the identified default prior can be simulated from")
    loading = simulate_loadings(rng, names, priors)
    threshold = []
    for top in levels:
        first = rng.normal(priors.threshold_mean, priors.threshold_sd)
        gaps = priors.gap_median * np.exp(priors.gap_log_sd * rng.standard_normal(top - 2))
        threshold += list(first + np.concatenate([[0.0], np.cumsum(gaps)]))
    return loading, np.array(threshold)


def simulate_responses(
    rng: np.random.Generator,
    theta: np.ndarray,
    loading: np.ndarray,
    threshold: np.ndarray,
    levels: Sequence[int],
) -> np.ndarray:
    """Draw categories, shape (treaty, item), for treaties of depth `theta` (treaty,)."""
    cuts = conditional_cuts(loading, threshold, levels)
    latent = np.outer(theta, loading) + rng.standard_normal((theta.size, loading.size))
    ends = np.cumsum(np.array(levels) - 1)
    bounds = zip(np.concatenate([[0], ends[:-1]]), ends, strict=True)
    return np.column_stack(
        [(latent[:, [j]] > cuts[a:b]).sum(axis=1) for j, (a, b) in enumerate(bounds)]
    ).astype(float)
