"""Treaty intercepts that differ by operation.

Where slopes of potential differ by operation, a treaty that binds most of the allied rows can serve as a dummy in
disguise once more, this time within each operation: members of an alliance go to its own operations and stay
away from others, a slope per operation fits that, and depth is rewritten to suit. An intercept for every treaty
in every operation takes that job, and leaves the slopes to what varies within a treaty and between treaties.

A treaty that binds one state has them too: what that state sends to one operation and not to another is no news of
its treaty's depth, though slopes that differ between operations could be fitted by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.depth import treaty_sets
from models.distinct import distinct_rows
from models.predictor.overlapping import Axes, listed, overlapping
from models.predictor.rowwise import Lookup


@dataclass(frozen=True)
class Pairs:
    """Treaty-operation pairs with an intercept, and each row's pairs.

    Attributes
    ----------
    treaty, operation : ndarray of int, shape (pair,)
    of_row : ndarray of int, shape (row, most pairs of a row)
        Positions of a row's pairs; the number of pairs where it has fewer.
    """

    treaty: np.ndarray
    operation: np.ndarray
    of_row: np.ndarray

    def unpaired(self, in_force: np.ndarray, operation: np.ndarray) -> np.ndarray:
        """`in_force` (row, treaty) without the treaties that have an intercept in the row's operation."""
        paired = np.zeros((in_force.shape[1], int(operation.max()) + 1), bool)
        paired[self.treaty, self.operation] = True
        return np.where(paired[:, operation].T, 0.0, in_force)


def pairs_of(in_force: np.ndarray, operation: np.ndarray) -> Pairs:
    """Find the pairs of a panel.

    Parameters
    ----------
    in_force : ndarray, shape (row, treaty)
    operation : ndarray of int, shape (row,)
    """
    # Whatever is asked of a row is the same in all rows of an operation with the same treaties.
    sets, of_row = treaty_sets(in_force)
    cells, cell = np.unique(operation * len(sets) + of_row, return_inverse=True)
    operation_of, bound = cells // len(sets), sets[cells % len(sets)]
    size = np.bincount(cell, minlength=len(cells))
    rows = np.bincount(operation)
    binds = np.zeros((len(rows), in_force.shape[1]), int)
    np.add.at(binds, operation_of, size[:, None] * bound)
    # A treaty that binds everybody in an operation is that operation's intercept.
    treaty, where = np.nonzero(((binds > 0) & (binds < rows[:, None])).T)
    member = bound[:, treaty] & (operation_of[:, None] == where)
    return Pairs(treaty, where, listed(member)[cell])


def treaty_operation(
    part: str,
    pairs: Pairs,
    scale: tuple[float, float],
    axes: Axes,
    unit: float,
    treaty: TensorVariable | None,
    elsewhere: TensorVariable,
) -> Lookup:
    """Register the intercepts of one part, and return their sum in each row, as a term of a predictor.

    Parameters
    ----------
    part : str
    pairs : Pairs
    scale : (float, float)
        Median, and SD of the logarithm, of the spread of a treaty's intercepts between operations, which is
        common to all treaties. With few operations data say little about it: see the prior of treaties.
    axes : Axes
        Along which rows inform pairs.
    unit : float
        As for `models.predictor.overlapping.overlapping`.
    treaty : tensor, shape (treaty,), or None
        Each treaty's own intercept, around which its operations lie; None for zero. A pair's intercept
        contains it: rows must not add it once more.
    elsewhere : tensor, shape (pair,)
        What data see along the axes of the terms without treaties and states.
    """
    model = pm.modelcontext(None)
    if "treaty_in_operation" not in model.coords:
        names, operations = (model.coords[dim] or () for dim in ("treaty", "operation"))
        labels = [
            f"{names[t]} in {operations[k]}" for t, k in zip(pairs.treaty, pairs.operation, strict=True)
        ]
        model.add_coord("treaty_in_operation", labels)
    name = f"{part}_treaty_operation"
    spread = pm.LogNormal(f"{name}_sd", np.log(scale[0]), scale[1])
    own = pt.zeros(pairs.treaty.size)
    if treaty is not None:
        own = treaty[pairs.treaty]
        elsewhere = elsewhere + axes.onto(own)
    departure = overlapping(name, "treaty_in_operation", spread, axes, unit, elsewhere)
    # Rows share few distinct sets of pairs.
    sets, of_row = distinct_rows(np.sort(pairs.of_row, axis=1))
    return Lookup(pt.concatenate([own + departure, np.zeros(1)])[sets].sum(1), of_row)
