"""Draws in few numbers: the one place where a median and its interval are taken."""

from __future__ import annotations

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


def summarise(draws: xr.Dataset, prob: float = LEVEL) -> pd.DataFrame:
    """Median and equal-tailed interval of every scalar.

    Returns
    -------
    DataFrame
        Columns `quantity, label, median, lower, upper, interval` (such as ``eti_95``).
    """
    tail = (1 - prob) / 2
    rows = []
    for name, array in draws.data_vars.items():
        dims = [d for d in array.dims if d not in ("chain", "draw")]
        stacked = array.stack(cell=dims) if dims else array.expand_dims("cell")
        for k in range(stacked.sizes["cell"]):
            values = stacked.isel(cell=k)
            label = " ".join(str(np.asarray(values[d])) for d in dims)
            lower, median, upper = middle_and_ends(values.values, tail=tail)
            rows.append((name, label, median, lower, upper, eti(prob)))
    return pd.DataFrame(rows, columns=["quantity", "label", "median", "lower", "upper", "interval"])
