"""What potential and similarity do: one coefficient each, or one for each operation, and leader above operations.

Operations of one leader share what that leader asks, offers and threatens. Where several leaders are pooled, slopes
of an operation then lie around its leader's slope, and leaders' slopes around the mean.

Potential contains similarity, and for rows without a treaty it *is* similarity. Were the coefficient of similarity
common while the slope of potential varies, an operation's slope would take up how its similarity departs from the
common coefficient, and would say nothing of depth. So the two vary together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.common.errors import InputError
from models.predictor.coefficients import Declared, Scales, Vector, varying_coefficients
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
    """Whether operations have slopes of their own, by themselves or through their leaders.

    Arrays say of each row which operation and which leader it has, shape (row,).
    """
    return any(_varying_by(spec, operation, leader))


def similarity_varies(spec: ContributionSpec, operation: np.ndarray, leader: np.ndarray) -> bool:
    """Whether operations have coefficients of similarity of their own; arrays as in `slopes_vary`."""
    return spec.hold_similarity and spec.similarity_varies and slopes_vary(spec, operation, leader)


@dataclass(frozen=True)
class Slopes:
    """What potential and similarity do to one part.

    Attributes
    ----------
    by_operation : tensor, shape (operation,)
        Slope of potential.
    mean : tensor, shape ()
        Slope of potential in the population of operations.
    similarity : tensor, shape (operation,), or None
        Coefficient of similarity; None where it is not held.
    declared : mapping of str to Declared
        Normal prior of each quantity that follows from others which are sampled in its place.
    sampled_as : mapping of str to str
        What each variable is sampled for, where that is not itself.
    """

    by_operation: TensorVariable
    mean: TensorVariable
    similarity: TensorVariable | None
    declared: Mapping[str, Declared] = field(default_factory=dict)
    sampled_as: Mapping[str, str] = field(default_factory=dict)


def slopes(
    part: str,
    operation: np.ndarray,
    leader: np.ndarray,
    spec: ContributionSpec,
    units: tuple[float, float],
    *,
    error: float = 1.0,
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
    units : (float, float)
        What the prior scales of slopes, and of coefficients of similarity, are multiplied by: the likelihood's
        unit of a predictor over the SD of potential, and of similarity.
    error : float
        Rough standard error of an operation's coefficient estimated alone, per unit of potential or similarity.
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
    ``slope[k] ~ Normal(slope_mean, slope_spread)``; the coefficient of similarity likewise, with means and spreads
    of its own. Where each leader has one operation, data speak of the sum of both variances only.
    """
    priors = spec.priors
    operations = int(operation.max()) + 1
    by_leader, by_operation = _varying_by(spec, operation, leader)
    of_slope, of_similarity = (
        Scales(*(getattr(priors, f"{key}{end}") * unit for end in ("", "_spread", "_leader_spread")), error)
        for key, unit in zip(("slope", "similarity"), units, strict=True)
    )
    if not (by_leader or by_operation):
        mean = pm.Normal(f"{part}_slope_mean", 0.0, of_slope.mean)
        similarity = _common(part, of_similarity, operations) if spec.hold_similarity else None
        return Slopes(pt.repeat(mean, operations), mean, similarity)
    leaders = None
    if by_leader:
        codes, leaders = np.unique(leader_of_operations(operation, leader), return_inverse=True)
        model = pm.modelcontext(None)
        if "leader" not in model.coords:
            model.add_coord("leader", codes)

    def register(key: str, scales: Scales, beside: Vector | None = None) -> Vector:
        return varying_coefficients(f"{part}_{key}", operations, scales, leaders, by_operation, beside)

    slope = register("slope", of_slope)
    if not spec.hold_similarity:
        return Slopes(slope.values, slope.mean, None, slope.declared, slope.sampled_as)
    if not spec.similarity_varies:
        common = _common(part, of_similarity, operations)
        return Slopes(slope.values, slope.mean, common, slope.declared, slope.sampled_as)
    held = register("similarity", of_similarity, slope if summed else None)
    return Slopes(
        slope.values,
        slope.mean,
        held.values,
        {**slope.declared, **held.declared},
        {**slope.sampled_as, **held.sampled_as},
    )


def _common(part: str, scales: Scales, operations: int) -> TensorVariable:
    """One coefficient of similarity for all operations, shape (operation,)."""
    return pt.repeat(pm.Normal(f"{part}_similarity", 0.0, scales.mean), operations)
