"""Vectors over rows that are built for the rows they are asked for, and for no others.

Nine rows in ten of a panel are zeros, about which a hurdle's size part says nothing. A predictor that is a plain
tensor is computed, and differentiated, at all of them before the few are picked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

#: All rows.
EVERY = slice(None)


def take(values: Any, rows: Any) -> Any:
    """`values` (row, ...) at `rows`: a slice, an array of positions, or a tensor of them."""
    if isinstance(rows, slice):
        return values
    if isinstance(values, np.ndarray) and isinstance(rows, np.ndarray):
        return values[rows]
    return pt.as_tensor_variable(values)[rows]


class Rowwise:
    """A sum of terms over rows.

    Parameters
    ----------
    *terms : callable
        Given rows as `take` accepts them, the term's value at those rows.
    """

    def __init__(self, *terms: Callable[[Any], TensorVariable]) -> None:
        self.terms = terms

    def __add__(self, term: Callable[[Any], TensorVariable]) -> Rowwise:
        return Rowwise(*self.terms, term)

    def __getitem__(self, rows: Any) -> TensorVariable:
        """The sum at some rows, in their order."""
        first, *others = (term(rows) for term in self.terms)
        for other in others:
            first = first + other
        return first
