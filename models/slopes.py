"""The slope of potential: one, or varying by operation, and by leader above operations.

Operations of one leader share what that leader asks, offers and threatens. Where several leaders are pooled, slopes
of an operation then lie around its leader's slope, and leaders' slopes around the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.errors import InputError
from models.spec import ContributionSpec


def leader_of_operations(operation: np.ndarray, leader: np.ndarray) -> np.ndarray:
    """Leader of each operation, shape (operation,).

    Parameters
    ----------
    operation : ndarray of int, shape (row,)
        Position on the dim `operation`.
    leader : ndarray, shape (row,)
        Correlates of War code of the row's leader.

    Raises
    ------
    InputError
        If rows of one operation have different leaders: its slope has then no single one to lie around.
    """
    found = leader[[int(np.argmax(operation == k)) for k in range(int(operation.max()) + 1)]]
    wrong = np.flatnonzero(found[operation] != leader)
    if wrong.size:
        k = operation[wrong[0]]
        raise InputError(
            f"the leaders {sorted(set(leader[operation == k].tolist()))} in operation number {k + 1}",
            "one leader for each operation",
            column="slope_by_leader",
        )
    return found


def _varying_by(spec: ContributionSpec, operation: np.ndarray, leader: np.ndarray) -> tuple[bool, bool]:
    """Whether slopes vary by leader, and whether by operation."""
    return (
        spec.slope_by_leader and len(np.unique(leader)) > 1,
        spec.slope_varies and len(np.unique(operation)) > 1,
    )


def slopes_vary(spec: ContributionSpec, operation: np.ndarray, leader: np.ndarray) -> bool:
    """Whether operations have slopes of their own, by themselves or through their leaders."""
    return any(_varying_by(spec, operation, leader))


@dataclass(frozen=True)
class Slopes:
    """What potential and similarity do to one part.

    Attributes
    ----------
    by_operation : tensor, shape (operation,)
        Slope of potential.
    mean : tensor, shape ()
        Slope of potential in the population of operations.
    similarity : tensor, shape (), or None
        Coefficient of similarity; None where it is not held.
    declared : mapping of str to float
        SD of the normal prior, around zero, of each quantity that follows from others which are sampled in its place.
    """

    by_operation: TensorVariable
    mean: TensorVariable
    similarity: TensorVariable | None
    declared: Mapping[str, float] = field(default_factory=dict)


def slopes(
    part: str,
    operation: np.ndarray,
    leader: np.ndarray,
    spec: ContributionSpec,
    unit: float,
    *,
    pinned: bool = False,
    summed: bool = False,
) -> Slopes:
    """Register the slope of potential of one part, and the coefficient of similarity.

    Parameters
    ----------
    part : str
    operation : ndarray of int, shape (row,)
        Position on the dim `operation`.
    leader : ndarray, shape (row,)
        Correlates of War code of the row's leader.
    spec : ContributionSpec
    unit : float
        The likelihood's unit of a predictor.
    pinned : bool
        Whether rows pin down each operation's slope; see `pinned_slopes`. Slopes that vary by leader never are.
    summed : bool
        Whether rows speak of the sum of slope and coefficient of similarity, as they do where potential is
        similarity minus depth.

    Raises
    ------
    InputError
        If slopes vary by leader and an operation has several.

    Notes
    -----
    ``slope[k] ~ Normal(slope_leader[l(k)], slope_spread)`` and ``slope_leader[l] ~ Normal(slope_mean,
    slope_leader_spread)``, per unit of potential; without `slope_by_leader`, or with a single leader,
    ``slope[k] ~ Normal(slope_mean, slope_spread)``. Unless `pinned`, all are non-centred: with few operations or
    leaders a spread is close to its prior and reaches zero. Where each leader has one operation, data speak of
    the sum of both variances only.
    """
    priors = spec.priors
    operations = int(operation.max()) + 1
    by_leader, by_operation = _varying_by(spec, operation, leader)
    if pinned and by_operation and not by_leader:
        return pinned_slopes(part, operations, spec, unit, summed)
    mean = pm.Normal(f"{part}_slope_mean", 0.0, priors.slope * unit)
    similarity = None
    if spec.hold_similarity:
        similarity = pm.Normal(f"{part}_similarity", 0.0, priors.similarity * unit)
    centre = None
    if by_leader:
        codes, own = np.unique(leader_of_operations(operation, leader), return_inverse=True)
        model = pm.modelcontext(None)
        if "leader" not in model.coords:
            model.add_coord("leader", codes)
        name = f"{part}_slope_leader"
        spread = pm.HalfNormal(f"{name}_spread", priors.slope_leader_spread * unit)
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims="leader")
        centre = pm.Deterministic(name, mean + spread * raw, dims="leader")[own]
    if not by_operation:
        return Slopes(pt.repeat(mean, operations) if centre is None else centre, mean, similarity)
    spread = pm.HalfNormal(f"{part}_slope_spread", priors.slope_spread * unit)
    raw = pm.Normal(f"{part}_slope_raw", 0.0, 1.0, dims="operation")
    around = mean if centre is None else centre
    slope = pm.Deterministic(f"{part}_slope", around + spread * raw, dims="operation")
    return Slopes(slope, mean, similarity)


def pinned_slopes(part: str, operations: int, spec: ContributionSpec, unit: float, summed: bool) -> Slopes:
    """Register slopes that tens of thousands of rows pin down: each is sampled as what the rows speak of.

    That is the operation's slope, or its sum with the coefficient of similarity where potential contains similarity.
    As multiples of their spread such slopes could move only together with it; and their mean, were it sampled as it
    is, would have a scale that changes with the spread. So the mean is integrated out of their prior, and drawn
    given them, as is the slope's part of a sum: the model is the same.

    Parameters
    ----------
    part, spec, unit, summed
        As in `slopes`.
    operations : int

    Notes
    -----
    With ``u[k] = slope[k] + similarity``, ``m = slope_mean + similarity``, ``v`` the sum of both prior variances and
    ``s`` the spread: ``u ~ Normal(0, s^2 I + v J)`` with J all ones; ``m`` given ``u`` is normal with precision
    ``K / s^2 + 1 / v`` and mean ``sum(u) / s^2`` over that; ``slope_mean`` given ``m`` is normal with mean ``m w`` and
    variance ``v w (1 - w)``, `w` the slope's share of v. Without `summed`, similarity is left out of u, m and v.
    """
    priors = spec.priors
    own, others = priors.slope * unit, priors.similarity * unit
    summed = summed and spec.hold_similarity
    total = own**2 + others**2 * summed
    share = own**2 / total
    spread = pm.HalfNormal(f"{part}_slope_spread", priors.slope_spread * unit)
    raw = _alike(f"{part}_slope_raw", operations, spread, total)
    precision = operations / spread**2 + 1.0 / total
    centre = raw.sum() / spread**2 / precision
    centre = centre + pm.Normal(f"{part}_slope_mean_raw", 0.0, 1.0) / pt.sqrt(precision)
    declared = {f"{part}_slope_mean": own}
    similarity = None
    if summed:
        departure = np.sqrt(total * share * (1.0 - share)) * pm.Normal(f"{part}_similarity_raw", 0.0, 1.0)
        mean = pm.Deterministic(f"{part}_slope_mean", share * centre + departure)
        similarity = pm.Deterministic(f"{part}_similarity", centre - mean)
        declared[f"{part}_similarity"] = others
    else:
        mean = pm.Deterministic(f"{part}_slope_mean", centre)
        if spec.hold_similarity:
            similarity = pm.Normal(f"{part}_similarity", 0.0, others)
    slope = pm.Deterministic(f"{part}_slope", raw - similarity if summed else raw, dims="operation")
    return Slopes(slope, mean, similarity, declared)


def _alike(name: str, operations: int, spread: TensorVariable, common: float) -> TensorVariable:
    """Register ``Normal(0, spread^2 I + common J)`` on the dim `operation`: deviations, and what all have in common."""

    def dist(s: TensorVariable, v: TensorVariable, size: Any) -> TensorVariable:
        return s * pm.Normal.dist(0.0, 1.0, shape=(operations,)) + pt.sqrt(v) * pm.Normal.dist(0.0, 1.0)

    def logp(u: TensorVariable, s: TensorVariable, v: TensorVariable) -> TensorVariable:
        # The mean and the deviations from it are independent: eigenvalues s^2 + K v, and s^2 for the others.
        middle, large = u.mean(), s**2 + operations * v
        squares = ((u - middle) ** 2).sum() / s**2 + operations * middle**2 / large
        logs = 2 * (operations - 1) * pt.log(s) + pt.log(large) + operations * np.log(2 * np.pi)
        return -0.5 * (squares + logs)

    signature = "(),()->(k)"
    return pm.CustomDist(name, spread, common, dist=dist, logp=logp, signature=signature, dims="operation")
