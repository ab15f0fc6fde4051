"""Vectors over rows that are built for the rows they are asked for, and summed over groups of rows without them.

Nine rows in ten of a panel are zeros, about which a hurdle's size part says nothing. A predictor that is a plain
tensor is computed, and differentiated, at all of them before the few are picked. And what a group's rows have in
common is mostly known before sampling: how often each value is looked up there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant
from pytensor.graph.traversal import ancestors
from pytensor.tensor import _as_tensor_variable
from pytensor.tensor.random.type import RandomType
from pytensor.tensor.variable import TensorVariable

#: Given rows as `take` accepts them, something at those rows.
type Term = Callable[[Any], TensorVariable]

#: A matrix that follows from the model's data alone, shape (group, value), and the values that it multiplies.
type Product = tuple[Any, TensorVariable]

#: All rows.
EVERY = slice(None)
#: Rows for each distinct pair of two lookups, or of a group and a lookup, from which on pairs take the place of rows.
FEW = 4
#: Columns up to which a product is taken column by column, where each is this many times longer than they are many.
COLUMNS, LONG = 6, 8


def take(values: Any, rows: Any) -> Any:
    """`values` (row, ...) at `rows`: `EVERY`, an array of positions, or a tensor of them."""
    if rows is EVERY:
        return values
    if isinstance(values, np.ndarray) and isinstance(rows, np.ndarray):
        return values[rows]
    # PyTensor looks at every number of an array that it is indexed by, in Python; at none of a constant.
    return pt.as_tensor_variable(values)[pt.constant(rows) if isinstance(rows, np.ndarray) else rows]


def product(matrix: np.ndarray | TensorVariable, vector: TensorVariable) -> TensorVariable:
    """`matrix` (row, column) times `vector` (column,), for small ones.

    Written as a sum of products: Numba compiles a call of BLAS for ten seconds and more, this at once. Few and long
    columns are multiplied one after the other: several rows at once, and in the loop of what they are added to.
    """
    rows, columns = _shape(matrix)
    if rows is not None and columns is not None and 0 < columns <= COLUMNS and rows >= LONG * columns:
        return pt.add(*(matrix[:, k] * vector[k] for k in range(columns)))
    return (pt.as_tensor_variable(matrix) * vector).sum(-1)


def spread_over(values: TensorVariable, group: np.ndarray, groups: int) -> TensorVariable:
    """Sum of `values` (n,) over those of each group (n,), shape (groups,)."""
    return take(pt.zeros(groups), group).inc(values)


@dataclass(frozen=True, eq=False)
class Lookup:
    """A term that looks its value up, times a known number of the row: ``column[r] * values[index[r]]``.

    Attributes
    ----------
    values : tensor, shape (value,)
    index : ndarray of int, shape (row,)
    column : ndarray or tensor, shape (row,), or None
        None for ones; a tensor that follows from the model's data alone.
    """

    values: TensorVariable
    index: np.ndarray
    column: np.ndarray | TensorVariable | None = None

    def __call__(self, rows: Any) -> TensorVariable:
        """The term at some rows."""
        found = take(self.values, take(self.index, rows))
        return found if self.column is None else found * take(self.column, rows)

    def times(self, values: TensorVariable, index: np.ndarray | None) -> Lookup:
        """The term times values looked up by another index, one lookup by both; times a scalar where that is None."""
        if index is None:
            return Lookup(values * self.values, self.index, self.column)
        of_cell, of_mine, cell = _cells(index, self.index)
        return Lookup(take(values, of_cell) * take(self.values, of_mine), cell, self.column)

    def product_of(
        self, group: np.ndarray, groups: int, rows: Any, counts: TensorVariable | None = None
    ) -> Product | None:
        """Sums over the rows of each group as a product; None where its matrix is larger than the rows."""
        width = int(self.index.max()) + 1
        if groups * width > max(len(self.index), len(group)):
            return None
        weight = None if self.column is None else take(self.column, rows)
        times = _tally(group * width + take(self.index, rows), groups * width, weight, counts)
        return times.reshape((groups, width)), self.values[:width]

    def total(
        self, group: np.ndarray, groups: int, rows: Any, counts: TensorVariable | None = None
    ) -> TensorVariable | None:
        """Sum over the rows of each group as one product, or over the pairs of group and value that occur.

        None where neither is less than a sum over rows.
        """
        found = self.product_of(group, groups, rows, counts)
        if found is not None:
            return product(*found)
        width = int(self.index.max()) + 1
        cells, cell = np.unique(group * width + take(self.index, rows), return_inverse=True)
        if len(cells) * FEW > len(group):
            return None
        weight = None if self.column is None else take(self.column, rows)
        times = _tally(cell, len(cells), weight, counts)
        return spread_over(times * take(self.values, cells % width), cells // width, groups)


@dataclass(frozen=True, eq=False)
class Columns:
    """A term of known columns and their coefficients: ``columns[r] @ coefficients``.

    Attributes
    ----------
    coefficients : tensor, shape (column,)
    columns : ndarray or tensor, shape (row, column)
        A tensor that follows from the model's data alone.
    """

    coefficients: TensorVariable
    columns: np.ndarray | TensorVariable

    def __call__(self, rows: Any) -> TensorVariable:
        """The term at some rows."""
        return product(take(self.columns, rows), self.coefficients)

    def times(self, values: TensorVariable, index: np.ndarray | None) -> Term:
        """The term times values looked up, a lookup where there is one column; times a scalar without index."""
        if index is None:
            return Columns(values * self.coefficients, self.columns)
        if _width(self.columns) > 1:
            return lambda at: values[take(index, at)] * self(at)
        return Lookup(values * self.coefficients[0], index, self.columns[:, 0])

    def product_of(
        self, group: np.ndarray, groups: int, rows: Any, counts: TensorVariable | None = None
    ) -> Product:
        """Sums over the rows of each group as a product."""
        columns = take(self.columns, rows)
        width = _width(self.columns)
        place = (group[:, None] * width + np.arange(width)).ravel()
        if counts is not None:
            columns = pt.as_tensor_variable(pt.switch(counts[:, None], columns, 0.0))
        sums = _tally(place, groups * width, columns.reshape((len(place),)), None)
        return sums.reshape((groups, width)), self.coefficients

    def total(
        self, group: np.ndarray, groups: int, rows: Any, counts: TensorVariable | None = None
    ) -> TensorVariable:
        """Sum over the rows of each group."""
        return product(*self.product_of(group, groups, rows, counts))


def _tally(place: np.ndarray, places: int, weight: Any, counts: TensorVariable | None) -> Any:
    """Sum of `weight` (ones where it is None) over what lies at each place and, where asked, counts; shape (places,).

    An array where both are known, else what follows from the model's data alone: `workflows.native.ready` has it computed
    before sampling.
    """
    if counts is None and (weight is None or isinstance(weight, np.ndarray)):
        return np.bincount(place, weight, minlength=places).astype(float)
    added = weight if counts is None else pt.switch(counts, 1.0 if weight is None else weight, 0.0)
    return spread_over(added, place, places)


def _shape(matrix: np.ndarray | TensorVariable) -> tuple[int | None, ...]:
    """Rows and columns, as far as they are known before data are."""
    return (matrix if isinstance(matrix, np.ndarray) else matrix.type).shape


def _width(columns: np.ndarray | TensorVariable) -> int:
    width = _shape(columns)[1]
    assert width is not None
    return width


def _cells(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct pairs of two indices: the members of each, and each row's pair."""
    width = int(other.max()) + 1 if len(other) else 1
    cells, cell = np.unique(one * width + other, return_inverse=True)
    return cells // width, cells % width, cell.ravel()


def _merged(lookups: list[Lookup], rows: Any) -> list[TensorVariable]:
    """Lookups at some rows, as few as there are: differentiating one costs as much as all arithmetic of a row."""
    out: list[TensorVariable] = []
    values = index = None
    for term in lookups:
        mine = take(term.index, rows)
        if values is None:
            values, index = term.values, mine
            continue
        first, second, cell = _cells(index, mine)
        if len(first) * FEW <= len(mine):
            values, index = take(values, first) + take(term.values, second), cell
        else:
            out.append(take(term.values, mine))
    return out if values is None else [take(values, index), *out]


class Rowwise:
    """A sum of terms over rows.

    Parameters
    ----------
    *terms : Term
    """

    def __init__(self, *terms: Term) -> None:
        self.terms = terms

    def plus(self, *terms: Term) -> Rowwise:
        """The sum with more terms."""
        return Rowwise(*self.terms, *terms)

    def times(self, values: TensorVariable, index: np.ndarray | None = None) -> Rowwise:
        """The sum times ``values[index]``, `index` of shape (row,), or times the scalar `values` without one."""

        def product(term: Term) -> Term:
            if isinstance(term, Lookup | Columns):
                return term.times(values, index)
            return lambda at: (values if index is None else take(values, take(index, at))) * term(at)

        return Rowwise(*map(product, self.terms))

    def weighted(self, weight: np.ndarray) -> Rowwise:
        """The sum times a known number of each row, shape (row,)."""

        def product(term: Term) -> Term:
            if isinstance(term, Lookup):
                return Lookup(
                    term.values, term.index, weight if term.column is None else term.column * weight
                )
            if isinstance(term, Columns):
                return Columns(term.coefficients, term.columns * weight[:, None])
            return lambda at: take(weight, at) * term(at)

        return Rowwise(*map(product, self.terms))

    def total(
        self, group: np.ndarray, groups: int, rows: Any, counts: TensorVariable | None = None
    ) -> TensorVariable:
        """Sum over the rows of each group, shape (groups,).

        Parameters
        ----------
        group : ndarray of int, shape (n,)
            Group of each of `rows`.
        groups : int
        rows : ndarray of int, shape (n,), or `EVERY`
            Positions of the rows that count, some more than once if need be.
        counts : tensor of bool, shape (n,), optional
            Which of them count after all, where that is data of the model.
        """
        found = [
            term.total(group, groups, rows, counts) if isinstance(term, Lookup | Columns) else None
            for term in self.terms
        ]
        sums = [total for total in found if total is not None]
        others = [term for term, total in zip(self.terms, found, strict=True) if total is None]
        if others:
            each = Rowwise(*others)[rows]
            each = each if counts is None else pt.switch(counts, each, 0.0)
            sums.append(spread_over(each, group, groups))
        return sum(sums[1:], start=sums[0])

    def __getitem__(self, rows: Any) -> TensorVariable:
        """The sum at some rows, in their order."""
        if not isinstance(rows, np.ndarray) and rows is not EVERY:
            parts = [term(rows) for term in self.terms]
        else:
            plain = [term for term in self.terms if isinstance(term, Lookup) and term.column is None]
            parts = _merged(plain, rows) + [term(rows) for term in self.terms if term not in plain]
        return sum(parts[1:], start=parts[0])


def rowwise(values: TensorVariable | np.ndarray | Rowwise) -> Rowwise:
    """A vector over rows as a sum of one term; a sum as it is."""
    if isinstance(values, Rowwise):
        return values
    if isinstance(values, np.ndarray) or _is_known(values):
        return Rowwise(Columns(pt.ones(1), values[:, None]))
    return Rowwise(lambda at: take(values, at))


def _is_known(values: TensorVariable) -> bool:
    """Whether a tensor follows from the model's data alone: it has data among what it is made of, and nothing random."""
    made_of = [v for v in ancestors([values]) if v.owner is None and not isinstance(v, Constant)]
    return bool(made_of) and not any(isinstance(v.type, RandomType) for v in made_of)


@_as_tensor_variable.register(Rowwise)
def _(sum_of_terms: Rowwise, *_: Any, **__: Any) -> TensorVariable:
    """A likelihood that wants all rows gets a plain tensor by ``pt.as_tensor_variable``."""
    return sum_of_terms[EVERY]
