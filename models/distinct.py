"""Distinct rows of a matrix, in order: a panel of millions of rows has few distinct ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Keys up to which columns are put together in one integer.
MANY = 2**62


def distinct_rows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct rows of `values`, in lexicographic order, and each row's position among them.

    Equal to ``np.unique(values, axis=0, return_inverse=True)``, which sorts rows as strings of bytes: fifty times as
    long on two million rows.

    Parameters
    ----------
    values : ndarray of bool or of int from zero on, shape (row, column)

    Returns
    -------
    (ndarray of shape (distinct, column), ndarray of int of shape (row,))
    """
    whole = np.packbits(values, axis=1) if values.dtype == bool else values
    key, keys = np.zeros(len(whole), np.int64), 1
    for column, width in zip(whole.T, (whole.max(0, initial=0).astype(int) + 1).tolist(), strict=True):
        if keys * width > MANY:
            key, found = pd.factorize(key, sort=True)
            keys = len(found)
        key, keys = key * width + column, keys * width
    index, found = pd.factorize(key, sort=True)
    # Rows of one key are equal: any of them will do.
    member = np.zeros(len(found), int)
    member[index] = np.arange(len(index))
    return values[member], index
