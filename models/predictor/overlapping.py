"""Varying intercepts of groups that share rows: treaties in force together, whose sum is what data know.

Each intercept sampled for itself, as in `models.predictor.varying`, would leave the sum of two treaties with the same
members to a narrow ridge. So what is sampled lies on the axes along which the data inform independently: sums that
they know, as levels, and differences of which they are silent, as multiples of the spread. Intercepts have one
spread, so that on axes at right angles they have the same prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy import sparse

from models.predictor.coefficients import in_posterior_sds
from models.predictor.rowwise import Columns, Lookup, Rowwise, product, spread_over, take

#: What is told along an axis counts as nothing below this share of the axis that is told most.
NOTHING = 1e-9


def listed(member: np.ndarray) -> np.ndarray:
    """Groups of each row, shape (row, most groups of a row); the number of groups where it has fewer.

    Parameters
    ----------
    member : ndarray, shape (row, group)
        Positive where the row belongs to the group.
    """
    row, group = np.nonzero(member > 0)
    count = np.bincount(row, minlength=len(member))
    out = np.full((len(member), max(1, int(count.max(initial=0)))), member.shape[1])
    out[row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)] = group
    return out


@dataclass(frozen=True)
class Told:
    """What rows tell of groups beside what their units have of their own.

    Attributes
    ----------
    matrix : sparse, shape (group, group)
        Information about the groups' intercepts, in units of a row's variance.
    tell : ndarray, shape (row,)
        What each row tells of its own level.
    group, row : ndarray of int, shape (n,)
        A group, and a row that it has and that tells something.
    unit : ndarray of int, shape (row,)
    taken : ndarray, shape (unit, group)
        What is taken from each group's sum over rows because a unit's rows have an effect in common, as a multiple of
        the unit's sum.
    """

    matrix: sparse.sparray
    tell: np.ndarray
    group: np.ndarray
    row: np.ndarray
    unit: np.ndarray
    taken: np.ndarray

    def seen(
        self, given: Rowwise, through: Sequence[np.ndarray], weight: TensorVariable | None = None
    ) -> list[TensorVariable]:
        """What data see of other terms of a predictor, weighted by what rows tell, times known matrices.

        Parameters
        ----------
        given : Rowwise
        through : sequence of ndarray, shape (any, group)
            What is asked for are these times ``M' (W^-1 + sd^2 U U')^-1 given``, see `information`: exact, since along
            an axis of which rows tell next to nothing they see next to nothing.
        weight : tensor, shape (row,), optional
            Rows of weight zero see nothing.
        """
        units, groups = self.taken.shape
        rows = np.flatnonzero(self.tell > 0)
        counts, of_rows = (None if weight is None else pt.gt(weight[at], 0) for at in (self.row, rows))
        pairs, whole = (self.group, groups, self.row, counts), (self.unit[rows], units, rows, of_rows)
        unit, group = np.nonzero(self.taken)
        out: list[list[TensorVariable]] = [[] for _ in through]
        for term in given.weighted(self.tell).terms:
            known = isinstance(term, Lookup | Columns)
            sums, of_units = (term.product_of(*at) if known else None for at in (pairs, whole))
            if sums is not None and of_units is not None:
                # Multiplied out before sampling, but for the values.
                matrix = sums[0] - _dot(self.taken.T, of_units[0])
                each, values = [_dot(by, matrix) for by in through], sums[1]
            else:
                values = Rowwise(term).total(*pairs)
                if len(unit):
                    # A unit has few of the groups.
                    own = take(Rowwise(term).total(*whole), unit)
                    values = values - spread_over(self.taken[unit, group] * own, group, groups)
                each = through
            for found, by in zip(out, each, strict=True):
                found.append(product(by, values))
        return [sum(found[1:], start=found[0]) for found in out]


def _dot(matrix: np.ndarray, other: Any) -> Any:
    """`matrix` times an array, or times a tensor that follows from the model's data alone."""
    return matrix @ other if isinstance(other, np.ndarray) else pt.dot(matrix, other)


def information(
    tell: np.ndarray, of_row: np.ndarray, groups: int, unit: np.ndarray, units: int, sd: float
) -> Told:
    """What rows tell of groups, once the effects of units are integrated out.

    Parameters
    ----------
    tell : ndarray, shape (row,)
        What each row tells of its own level; see `models.predictor.known.tells`.
    of_row : ndarray of int, shape (row, most groups of a row)
        As from `listed`.
    groups : int
    unit : ndarray of int, shape (row,)
        Position of each row's unit, such as a state, whose rows have an effect in common.
    units : int
    sd : float
        Of that effect; zero where there is none.

    Notes
    -----
    With members M (row, group), units U (row, unit) and W = diag(tell) it is ``M' (W^-1 + sd^2 U U')^-1 M``. Of what a
    unit's rows have in common it tells at most ``1 / sd^2``, of how they differ everything.
    """
    row, place = np.nonzero((of_row < groups) & (tell > 0)[:, None])
    group, weight = of_row[row, place], tell[row]
    member = sparse.csr_array((np.ones(len(row)), (row, group)), shape=(len(tell), groups))
    every = member.T @ sparse.diags_array(tell) @ member
    shared = sparse.csr_array((weight, (unit[row], group)), shape=(units, groups))
    taken = sparse.diags_array(sd**2 / (1 + sd**2 * np.bincount(unit, tell, minlength=units))) @ shared
    return Told(sparse.csr_array(every - shared.T @ taken), tell, group, row, unit, taken.toarray())


@dataclass(frozen=True)
class Axes:
    """Orthonormal axes along which data inform groups independently, of groups that are linked through rows.

    Attributes
    ----------
    index : ndarray of int, shape (block, widest)
        Groups of each block of several, which are also the positions of its axes; the number of groups where it has
        fewer. A group that no row links to another is its own axis, and stands in no block.
    vectors : ndarray, shape (block, widest, widest)
        A block's axes as columns; zero beyond its groups.
    along : ndarray, shape (group,)
        What data tell along each axis.
    """

    index: np.ndarray
    vectors: np.ndarray
    along: np.ndarray

    def through(self, owner: np.ndarray, owners: int, sd: float) -> tuple[sparse.sparray, np.ndarray]:
        """What is told of what groups have in common, shape (owner, owner), and what owners see of it, (owner, group).

        Parameters
        ----------
        owner : ndarray of int, shape (group,)
            Around whose intercept each group's own lies, such as a treaty's around which its operations do.
        owners : int
        sd : float
            About how far they lie around it.
        """
        belongs = np.zeros((owners, len(owner)))
        belongs[owner, np.arange(len(owner))] = 1.0
        known = (1 / (1 + self.along * sd**2))[:, None]
        seen = belongs @ self.turn.T @ (known * self.turn)
        told = belongs @ self.turn.T @ (self.along[:, None] * known * self.turn) @ belongs.T
        return sparse.csr_array(told), seen

    @cached_property
    def turn(self) -> np.ndarray:
        """Values of the groups times it are values on the axes, shape (group, group)."""
        groups = len(self.along)
        out = np.zeros((groups, groups))
        single = np.setdiff1d(np.arange(groups), self.index)
        out[single, single] = 1.0
        for index, vectors in zip(self.index, self.vectors, strict=True):
            mine = index[index < groups]
            out[np.ix_(mine, mine)] = vectors[: mine.size, : mine.size].T
        return out

    @property
    def pull(self) -> np.ndarray:
        """What data see times it is where along the axes they see it, shape (group, group); 0 where nothing is told."""
        inverse = np.divide(1.0, self.along, out=np.zeros_like(self.along), where=self.along > 0)
        return inverse[:, None] * self.turn

    def to_groups(self, values: TensorVariable) -> TensorVariable:
        """Turn values on the axes into values of the groups, shape (group,)."""
        return self._turned(self.vectors, values)

    def onto(self, values: TensorVariable) -> TensorVariable:
        """Turn values of the groups into values on the axes, shape (group,)."""
        return self._turned(np.swapaxes(self.vectors, 1, 2), values)

    def _turned(self, turn: np.ndarray, values: TensorVariable) -> TensorVariable:
        """`values` (group,) turned within each block by `turn` (block, widest, widest), the others as they are."""
        groups, (blocks, widest) = len(self.along), self.index.shape
        if not blocks:
            return values
        padded = pt.concatenate([values, np.zeros(1)])[self.index]
        turned = (turn * padded[:, None, :]).sum(-1).reshape((blocks * widest,))
        place = np.arange(groups)
        flat = self.index.ravel()
        inside = np.flatnonzero(flat < groups)
        place[flat[inside]] = groups + inside
        return pt.concatenate([values, turned])[place]


def axes_of(information: sparse.sparray) -> Axes:
    """Axes of a matrix of `information`, block by block of groups that are linked."""
    groups = information.shape[0]
    _, block = sparse.csgraph.connected_components(information, directed=False)
    size = np.bincount(block, minlength=1)
    several = np.flatnonzero(size > 1)
    widest = int(size[several].max(initial=0))
    index, vectors = np.full((several.size, widest), groups), np.zeros((several.size, widest, widest))
    along = information.diagonal().copy()
    for k, which in enumerate(several):
        mine = np.flatnonzero(block == which)
        index[k, : mine.size] = mine
        value, vectors[k, : mine.size, : mine.size] = np.linalg.eigh(information[mine][:, mine].toarray())
        along[mine] = value
    along[along <= NOTHING * along.max(initial=0.0)] = 0.0
    return Axes(index, vectors, along)


def overlapping(
    name: str, dim: str, spread: TensorVariable, axes: Axes, unit: float, elsewhere: TensorVariable
) -> TensorVariable:
    """Register intercepts that vary on `dim`, and return them, shape (dim,).

    Parameters
    ----------
    name : str
        The intercepts; what is sampled is called ``<name>_raw``, and lies on the axes.
    dim : str
    spread : tensor, shape ()
        Their standard deviation.
    axes : Axes
    unit : float
        About the SD of a row, in that of the predictor: what rows tell is stated for rows of variance one.
    elsewhere : tensor, shape (dim,)
        Where along the axes data see the other terms; see `Told.seen` and `Axes.pull`.
    """
    told = axes.along > 0
    if not told.any():
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=dim)
        return pm.Deterministic(name, spread * raw, dims=dim)
    # Far more than any spread, where nothing is told: a multiple of the spread is sampled there.
    error = unit / np.sqrt(np.where(told, axes.along, NOTHING))
    found = in_posterior_sds(f"{name}_raw", dim, spread, error, elsewhere)
    return pm.Deterministic(name, axes.to_groups(found), dims=dim)
