"""Means over the rows of each state in each operation, of many draws at once."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from models.joint import Joint


class Cells:
    """The pairs of an operation and a state that a panel has, ordered by operation and state.

    Attributes
    ----------
    of_row : ndarray of int, shape (row,)
        The cell of each row.
    states, operations : ndarray of str, shape (cell,)
    rows : ndarray of int, shape (cell,)
        Number of rows.
    """

    def __init__(self, joint: Joint) -> None:
        panel, design = joint.panel, joint.design
        keys = design.operation * panel.sizes["state"] + design.state
        cells, self.of_row = np.unique(keys, return_inverse=True)
        self.operation, state = np.divmod(cells, panel.sizes["state"])
        self.states = panel["state"].values[state]
        self.operations = panel["operation"].values[self.operation]
        self.rows = np.bincount(self.of_row)
        weights = 1.0 / self.rows[self.of_row]
        shape = (keys.size, cells.size)
        self._average = csr_array((weights, (np.arange(keys.size), self.of_row)), shape)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over rows, from shape (..., row) to (..., cell)."""
        return values @ self._average
