"""Orthonormal columns for a design matrix: estimators and samplers work on them, and turn their results back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rotation:
    """Orthonormal columns that span a design, scaled to a mean square of one.

    Attributes
    ----------
    columns : ndarray, shape (row, term)
        ``Q sqrt(n)``.
    back : ndarray, shape (term, term)
        Turns rotated coefficients into those of the design.
    """

    columns: np.ndarray
    back: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray) -> Rotation:
        """Rotate a design matrix of full column rank, shape (row, term).

        Raises
        ------
        ValueError
            If columns are collinear.
        """
        size = np.sqrt((x**2).mean(0))
        if (size == 0).any() or np.linalg.matrix_rank(x / size) < x.shape[1]:
            raise ValueError("the design is collinear: a twin needs the columns that the estimator kept")
        q, r = np.linalg.qr(x / size)
        root = np.sqrt(len(x))
        return cls(q * root, np.diag(1 / size) @ np.linalg.inv(r) * root)
