"""The rows of a panel as index arrays and matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pytensor.tensor.variable import TensorVariable

from models.likelihoods import Outcome


@dataclass(frozen=True)
class Design:
    """The panel as index arrays and matrices; R rows, in the panel's order.

    Attributes
    ----------
    state, operation, operation_year : ndarray of int, shape (row,)
        Positions on the dims of the same names.
    year : ndarray of int, shape (row,)
        Calendar year.
    leader : ndarray of int, shape (row,)
        Correlates of War code of the operation's leader.
    operation_of_year : ndarray of int, shape (operation_year,)
        The operation of each operation-year.
    in_force : ndarray, shape (row, treaty)
        1 where the treaty binds state and leader.
    similarity : ndarray or tensor, shape (row,)
        Similarity with the leader, 0 to 1; a tensor where it is latent, or data of the model.
    controls : ndarray or tensor, shape (row, control)
        Standardised over the rows (mean 0, SD 1); a tensor where they are data of the model.
    outcome : Outcome
        What is sampled is chosen by it.
    exchanged : Outcome, optional
        The outcome that counts, where it is data of the model: `outcome` must then suit all that it may be.
    similarity_in_potential : bool
        Whether potential rises by one with similarity.
    weight : tensor, shape (row,), optional
        Weights of rows where these are data of the model: each row's log density is multiplied by its own, and
        what no row of positive weight informs must be sampled accordingly.
    potential_sd, similarity_sd : float
        Standard deviations that prior scales of slopes, and of coefficients of similarity, are stated for;
        constants, never those of a draw. 1 leaves scales as they are.
    """

    state: np.ndarray
    operation: np.ndarray
    operation_year: np.ndarray
    year: np.ndarray
    leader: np.ndarray
    operation_of_year: np.ndarray
    in_force: np.ndarray
    similarity: np.ndarray | TensorVariable
    controls: np.ndarray | TensorVariable
    outcome: Outcome
    exchanged: Outcome | None = None
    similarity_in_potential: bool = False
    weight: TensorVariable | None = None
    potential_sd: float = 1.0
    similarity_sd: float = 1.0

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.state.max()) + 1

    @property
    def operations(self) -> int:
        """Number of operations."""
        return int(self.operation.max()) + 1

    @property
    def cell(self) -> np.ndarray:
        """The state in its operation, as a number for each row."""
        return self.state * self.operations + self.operation
