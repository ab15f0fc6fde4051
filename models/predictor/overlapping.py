"""Varying intercepts of groups that share rows: treaties in force together, whose sum is what data know.

Each intercept sampled for itself, as in `models.predictor.varying`, would leave the sum of two treaties with the same
members to a narrow ridge. So what is sampled lies on the axes along which the data inform independently: sums that
they know, as levels, and differences of which they are silent, as multiples of the spread. Intercepts have one
spread, so that on axes at right angles they have the same prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy import sparse

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


def information(tell: np.ndarray, of_row: np.ndarray, groups: int, unit: np.ndarray, sd: float):
    """What rows tell of groups, a sparse matrix of shape (group, group), in units of a row's variance.

    Parameters
    ----------
    tell : ndarray, shape (row,)
        What each row tells of its own level; see `models.predictor.known.tells`.
    of_row : ndarray of int, shape (row, most groups of a row)
        As from `listed`.
    groups : int
    unit : ndarray of int, shape (row,)
        Rows of one unit, such as a state, differ together from those of others.
    sd : float
        Of units: however many rows one has, it tells at most ``1 / sd^2``.
    """
    _, unit = np.unique(unit, return_inverse=True)
    total = np.bincount(unit, tell)
    row, place = np.nonzero((of_row < groups) & (tell > 0)[:, None])
    weight = tell[row] / total[unit[row]]
    member = sparse.csr_array((weight, (unit[row], of_row[row, place])), shape=(len(total), groups))
    return member.T @ sparse.diags_array(total / (1 + total * sd**2)) @ member


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
    along, told : ndarray, shape (group,)
        What data tell along each axis, and of each group.
    """

    index: np.ndarray
    vectors: np.ndarray
    along: np.ndarray
    told: np.ndarray

    def known_along(self, sd: float) -> np.ndarray:
        """How much data know along each axis beside a prior with that SD, shape (group,), 0 to 1."""
        return self.along / (self.along + 1 / sd**2)

    def known(self, sd: float) -> np.ndarray:
        """How much data know of each group, shape (group,); of two with the same rows half each."""
        return np.asarray(self._turned(self.vectors**2, self.known_along(sd), np))

    def through(self, owner: np.ndarray, owners: int, sd: float) -> sparse.sparray:
        """What is told of what groups have in common, a sparse matrix of shape (owner, owner).

        Parameters
        ----------
        owner : ndarray of int, shape (group,)
            Around whose intercept each group's own lies, such as a treaty's around which its operations do.
        owners : int
        sd : float
            About how far they lie around it.
        """
        groups = len(self.along)
        single = np.setdiff1d(np.arange(groups), self.index)
        block, row, column = np.nonzero((self.index < groups)[:, :, None] & (self.index < groups)[:, None, :])
        values = np.append(self.vectors[block, row, column], np.ones(single.size))
        at = (
            np.append(self.index[block, row], single),
            np.append(self.index[block, column], single),
        )
        vectors = sparse.csr_array((values, at), shape=(groups, groups))
        belongs = sparse.csr_array((np.ones(groups), (np.arange(groups), owner)), shape=(groups, owners))
        told = belongs.T @ vectors @ sparse.diags_array(self.along / (1 + self.along * sd**2))
        return told @ vectors.T @ belongs

    def to_groups(self, values: TensorVariable) -> TensorVariable:
        """Turn values on the axes into values of the groups, shape (group,)."""
        return self._turned(self.vectors, values, pt)

    def pull(self, values: TensorVariable) -> TensorVariable:
        """Where along the axes data see what they see as `values` in the groups, shape (group,)."""
        told, along = (np.append(x, 0.0)[self.index] for x in (self.told, self.along))
        inverse = np.divide(1.0, along, out=np.zeros_like(along), where=along > 0)
        turn = inverse[:, :, None] * np.swapaxes(self.vectors, 1, 2) * told[:, None, :]
        return self._turned(turn, values, pt)

    def _turned(self, turn: np.ndarray, values: Any, xp: Any) -> Any:
        """`values` (group,) turned within each block by `turn` (block, widest, widest), the others as they are."""
        groups, (blocks, widest) = len(self.along), self.index.shape
        if not blocks:
            return values
        padded = xp.concatenate([values, np.zeros(1)])[self.index]
        turned = (turn * padded[:, None, :]).sum(-1).reshape((blocks * widest,))
        place = np.arange(groups)
        flat = self.index.ravel()
        inside = np.flatnonzero(flat < groups)
        place[flat[inside]] = groups + inside
        return xp.concatenate([values, turned])[place]


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
    return Axes(index, vectors, along, information.diagonal())


def overlapping(
    name: str,
    dim: str,
    spread: TensorVariable,
    axes: Axes,
    sd: float,
    elsewhere: TensorVariable,
    usual: float,
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
    sd : float
        About what the spread is: with it, data that tell i along an axis know ``i / (i + 1 / sd^2)`` of it.
    elsewhere, usual
        As for `models.predictor.varying.varying`, of the groups.
    """
    known = axes.known_along(sd)
    if not known.any():
        raw = pm.Normal(f"{name}_raw", 0.0, 1.0, dims=dim)
        return pm.Deterministic(name, spread * raw, dims=dim)
    scale = spread**known
    centre = known * axes.pull(elsewhere - usual)
    raw = pm.Normal(f"{name}_raw", centre * scale / spread, scale, dims=dim)
    return pm.Deterministic(name, axes.to_groups(raw * spread / scale - centre), dims=dim)
