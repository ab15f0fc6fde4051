"""Draws in few numbers: the one place where a median and its interval are taken."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import xarray as xr

LEVEL = 0.95
"""Probability of the intervals that people read."""


def eti(prob: float) -> str:
    """Name of an equal-tailed interval, such as ``eti_95``."""
    return f"eti_{round(100 * prob)}"


INTERVAL_KIND = eti(LEVEL)
"""Name of the intervals that people read."""


def middle_and_ends(
    draws: ArrayLike, axis: int | tuple[int, ...] | None = None, tail: float = 0.025
) -> np.ndarray:
    """Lower end, median and upper end of the interval that leaves `tail` at each side, along axes or of all draws."""
    return np.quantile(draws, [tail, 0.5, 1 - tail], axis=axis)


def flat(array: xr.DataArray) -> np.ndarray:
    """Draws with those of all chains on one axis, shape (draw, ...)."""
    values = array.transpose("chain", "draw", ...).values
    return values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])


def scalars(array: xr.DataArray, between: str = ", ") -> tuple[list[str], np.ndarray]:
    """Labels of a variable's scalars ("" where it is one), and their draws, shape (draw, scalar)."""
    labels = product(*(array[dim].values for dim in array.dims if dim not in ("chain", "draw")))
    values = flat(array)
    return [between.join(map(str, one)) for one in labels], values.reshape(len(values), -1)


def summarise(draws: xr.Dataset, prob: float = LEVEL) -> pd.DataFrame:
    """Median and equal-tailed interval of every scalar.

    Returns
    -------
    DataFrame
        Columns `quantity, label, median, lower, upper, interval` (such as ``eti_95``).
    """
    rows = []
    for name, array in draws.data_vars.items():
        labels, values = scalars(array, " ")
        found = middle_and_ends(values, 0, (1 - prob) / 2)
        rows += [
            (name, label, median, lower, upper, eti(prob))
            for label, (lower, median, upper) in zip(labels, found.T, strict=True)
        ]
    return pd.DataFrame(rows, columns=["quantity", "label", "median", "lower", "upper", "interval"])
