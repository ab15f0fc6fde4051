"""The slope of potential: one, or varying by operation, and by leader above operations.

Operations of one leader share what that leader asks, offers and threatens. Where several leaders are pooled, slopes
of an operation then lie around its leader's slope, and leaders' slopes around the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def slopes_vary(spec: ContributionSpec, operation: np.ndarray, leader: np.ndarray) -> bool:
    """Whether operations have slopes of their own, by themselves or through their leaders."""
    by_leader = spec.slope_by_leader and len(np.unique(leader)) > 1
    return by_leader or (spec.slope_varies and len(np.unique(operation)) > 1)


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
    """

    by_operation: TensorVariable
    mean: TensorVariable
    similarity: TensorVariable | None


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
        Whether rows pin down each operation's slope, so that it is sampled as it is rather than as a multiple of
        the spread.
    summed : bool
        Whether rows that are `pinned` speak of the sum of slope and coefficient, as they do where potential is
        similarity minus depth: sums are then sampled.

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
    mean = pm.Normal(f"{part}_slope_mean", 0.0, priors.slope * unit)
    operations = int(operation.max()) + 1
    varies = spec.slope_varies and operations > 1
    summed = summed and pinned and varies and spec.hold_similarity
    similarity = (
        _similarity(part, mean if summed else None, priors.similarity * unit)
        if spec.hold_similarity
        else None
    )
    centre = mean
    if spec.slope_by_leader and len(np.unique(leader)) > 1:
        codes, own = np.unique(leader_of_operations(operation, leader), return_inverse=True)
        model = pm.modelcontext(None)
        if "leader" not in model.coords:
            model.add_coord("leader", codes)
        name = f"{part}_slope_leader"
        spread = pm.HalfNormal(f"{name}_spread", priors.slope_leader_spread * unit)
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims="leader")
        centre = pm.Deterministic(name, mean + spread * raw, dims="leader")[own]
    if not varies:
        return Slopes(pt.repeat(mean, operations) if centre is mean else centre, mean, similarity)
    spread = pm.HalfNormal(f"{part}_slope_spread", priors.slope_spread * unit)
    if pinned:
        beside = similarity if summed else 0.0
        raw = pm.Normal(f"{part}_slope_raw", centre + beside, spread, dims="operation")
        by_operation = raw - beside
    else:
        raw = pm.Normal(f"{part}_slope_raw", 0.0, 1.0, dims="operation")
        by_operation = centre + spread * raw
    return Slopes(pm.Deterministic(f"{part}_slope", by_operation, dims="operation"), mean, similarity)


def _similarity(part: str, beside: TensorVariable | None, sd: float) -> TensorVariable:
    """Register the coefficient of similarity, or its sum with a slope, which is normal around that slope."""
    if beside is None:
        return pm.Normal(f"{part}_similarity", 0.0, sd)
    return pm.Deterministic(f"{part}_similarity", pm.Normal(f"{part}_similarity_raw", beside, sd) - beside)
