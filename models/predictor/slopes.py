"""What potential and similarity do: one coefficient each, or one for each operation, and leader above operations.

Operations of one leader share what that leader asks, offers and threatens. Where several leaders are pooled, slopes
of an operation then lie around its leader's slope, and leaders' slopes around the mean.

Potential contains similarity, and for rows without a treaty it *is* similarity. Were the coefficient of similarity
common while the slope of potential varies, an operation's slope would take up how its similarity departs from the
common coefficient, and would say nothing of depth. So the two vary together.
"""

from __future__ import annotations

import numpy as np
import pymc as pm

from data.common.errors import InputError
from models.likelihoods import Likelihood
from models.predictor.coefficients import Scales, Vector, common, varying_coefficients
from models.predictor.design import Design
from models.predictor.known import error_of_slopes
from models.spec import ContributionSpec

SPREADS = ("_spread", "_leader_spread")
"""Ends of the names of prior scales of what varies, by operation and by leader."""


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


def slopes(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood
) -> tuple[Vector, Vector | None]:
    """Register the slope of potential of one part, and the coefficient of similarity; None where it is not held.

    Raises
    ------
    InputError
        If slopes vary by leader and an operation has several.

    Notes
    -----
    ``slope[k] ~ Normal(slope_leader[l(k)], slope_spread)`` and ``slope_leader[l] ~ Normal(slope_mean,
    slope_leader_spread)``, per unit of potential; without `slope_by_leader`, or with a single leader,
    ``slope[k] ~ Normal(slope_mean, slope_spread)``; the coefficient of similarity likewise, with means and spreads
    of its own. Where each leader has one operation, data speak of the sum of both variances only. Where potential is
    similarity minus depth, rows speak of the sum of slope and coefficient of similarity.
    """
    operations, error = design.operations, error_of_slopes(design, likelihood)
    by_leader, by_operation = _varying_by(spec, design.operation, design.leader)
    of_slope, of_similarity = (
        Scales(
            *(getattr(spec.priors, f"{key}{end}") * (likelihood.unit / sd) for end in ("", *SPREADS)), error
        )
        for key, sd in (("slope", design.potential_sd), ("similarity", design.similarity_sd))
    )
    leaders = None
    if by_leader:
        codes, leaders = np.unique(leader_of_operations(design.operation, design.leader), return_inverse=True)
        model = pm.modelcontext(None)
        if "leader" not in model.coords:
            model.add_coord("leader", codes)
    varies = by_leader or by_operation
    if varies:
        slope = varying_coefficients(f"{part}_slope", operations, of_slope, leaders, by_operation)
    else:
        slope = common(f"{part}_slope_mean", operations, of_slope)
    if not spec.hold_similarity:
        return slope, None
    name = f"{part}_similarity"
    beside = slope if design.similarity_in_potential else None
    if not (varies and spec.similarity_varies):
        return slope, common(name, operations, of_similarity, beside)
    return slope, varying_coefficients(name, operations, of_similarity, leaders, by_operation, beside)
