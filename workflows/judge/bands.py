"""Whether ranks of the truth in the posterior are uniform: ECDFs and their simultaneous bands."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from arviz_stats.ecdf_utils import ecdf_pit
from numpy.typing import ArrayLike

LEVEL = 0.95
"""Probability that the bands of all quantities hold together."""
#: Simulations behind a band, whose level is often shared out over many quantities.
_SIMULATIONS = 4000


def pit(ranks: Mapping[str, ArrayLike], kept: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Ranks 0..`kept` of each quantity, shape (simulation,), on [0, 1], each spread at random within its step.

    Ranks are whole numbers: spread evenly inside their cell, they are uniform under the null.
    """
    rng = np.random.default_rng(seed)
    return {name: (np.asarray(x) + rng.random(len(x))) / (kept + 1) for name, x in ranks.items()}


def level_of_each(quantities: int) -> float:
    """Level of the band of each of so many quantities, so that all hold together with probability `LEVEL`."""
    return 1 - (1 - LEVEL) / quantities


def bands(pit: Mapping[str, np.ndarray], level: float = 0.95) -> pd.DataFrame:
    """Each quantity's ECDF less uniform, its band, and whether it leaves it.

    Parameters
    ----------
    pit : mapping of name to ndarray, shape (simulation,)
        Rank of each simulated truth among its posterior draws, scaled to [0, 1]; see `pit`.
    level : float
        Probability that the whole ECDF of a calibrated quantity stays within its band (Säilynoja, Bürkner
        & Vehtari 2022; by simulation, as in arviz-stats).

    Returns
    -------
    DataFrame
        As `figures.calibration` takes it.
    """
    if not pit:
        raise ValueError("calibration: there is no quantity to draw")
    return pd.concat([_one(name, np.asarray(values, float), level) for name, values in pit.items()])


def _one(name: str, values: np.ndarray, level: float) -> pd.DataFrame:
    if values.ndim != 1 or len(values) < 10 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"calibration: {name!r} must hold at least 10 ranks on [0, 1] in one dimension")
    at, lower, upper = _band(len(values), level)
    found = np.searchsorted(np.sort(values), at, side="right") / len(values) - at
    lower, upper = lower - at, upper - at
    beyond = ((found < lower - 1e-12) | (found > upper + 1e-12)).any()
    points = {"quantity": name, "at": at, "difference": found, "lower": lower, "upper": upper}
    return pd.DataFrame(points).assign(
        distance=np.abs(found).max(), outside=bool(beyond), simulations=len(values)
    )


@functools.cache
def _band(simulations: int, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the ECDF is looked at, and its band there: the same for all quantities of as many simulations."""
    at, _, lower, upper = ecdf_pit(np.linspace(0, 1, simulations), level, _SIMULATIONS)
    return at, lower, upper


def outside(found: pd.DataFrame) -> dict[str, float]:
    """Quantities that leave their bands, each with its ECDF's largest distance from uniform (0-1)."""
    beyond = found[found["outside"]].drop_duplicates("quantity")
    return dict(zip(beyond["quantity"], beyond["distance"].map(float), strict=True))
