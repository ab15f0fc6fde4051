"""Vectors over rows that are built for the rows they are asked for, and for no others.

Nine rows in ten of a panel are zeros, about which a hurdle's size part says nothing. A predictor that is a plain
tensor is computed, and differentiated, at all of them before the few are picked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor import _as_tensor_variable
from pytensor.tensor.variable import TensorVariable

#: Given rows as `take` accepts them, something at those rows.
type Term = Callable[[Any], TensorVariable]

#: All rows.
EVERY = slice(None)


def take(values: Any, rows: Any) -> Any:
    """`values` (row, ...) at `rows`: `EVERY`, an array of positions, or a tensor of them."""
    if rows is EVERY:
        return values
    if isinstance(values, np.ndarray) and isinstance(rows, np.ndarray):
        return values[rows]
    return pt.as_tensor_variable(values)[rows]


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

    def __getitem__(self, rows: Any) -> TensorVariable:
        """The sum at some rows, in their order."""
        first, *others = (term(rows) for term in self.terms)
        for other in others:
            first = first + other
        return first


@_as_tensor_variable.register(Rowwise)
def _(sum_of_terms: Rowwise, *_: Any, **__: Any) -> TensorVariable:
    """A likelihood that wants all rows gets a plain tensor by ``pt.as_tensor_variable``."""
    return sum_of_terms[EVERY]
