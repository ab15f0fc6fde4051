"""Calibration: are ranks of the truth in the posterior uniform? ECDF differences, simultaneous bands."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from textwrap import fill

import numpy as np
from arviz_stats.ecdf_utils import ecdf_pit
from matplotlib.figure import Figure

from figures.axes import plain_ticks
from figures.style import DARK, GRID, MUTED, PALE, WARM, WIDTH, styled
from figures.words import count, listed, number

ALT = (
    "Small multiples: difference of each quantity's rank distribution from uniform, with a simultaneous band."
)

#: Simulations behind a band; its level is then good to about a percentage point.
_SIMULATIONS = 1000


def _bands(pit: Mapping[str, np.ndarray], level: float) -> dict[str, np.ndarray]:
    """Return, for each quantity, an array of shape (4, point): where, ECDF, lower and upper, less uniform."""
    if not pit:
        raise ValueError("calibration: there is no quantity to draw")
    out = {}
    for name, values in pit.items():
        values = np.asarray(values, float)
        if values.ndim != 1 or len(values) < 10 or not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"calibration: {name!r} must hold at least 10 ranks on [0, 1] in one dimension")
        at, lower, upper = _band(len(values), level)
        ecdf = np.searchsorted(np.sort(values), at, side="right") / len(values)
        out[name] = np.stack([at, ecdf - at, lower - at, upper - at])
    return out


@functools.cache
def _band(simulations: int, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the ECDF is looked at, and its band there: the same for all quantities of as many simulations."""
    at, _, lower, upper = ecdf_pit(np.linspace(0, 1, simulations), level, _SIMULATIONS)
    return at, lower, upper


def outside(pit: Mapping[str, np.ndarray], level: float = 0.95) -> dict[str, float]:
    """Return, for each quantity whose ECDF leaves its band, the largest distance from uniform (0-1)."""
    found = {}
    for name, (_, ecdf, lower, upper) in _bands(pit, level).items():
        if ((ecdf < lower - 1e-12) | (ecdf > upper + 1e-12)).any():
            found[name] = float(np.abs(ecdf).max())
    return found


@styled
def calibration(pit: Mapping[str, np.ndarray], level: float = 0.95) -> Figure:
    """Draw one panel a quantity.

    Parameters
    ----------
    pit : mapping of name to ndarray, shape (simulation,)
        Rank of each simulated truth among its posterior draws, scaled to [0, 1]. Ranks of whole numbers
        should be spread over their step at random, or the curve is a staircase.
    level : float
        Probability that the whole ECDF of a calibrated quantity stays within its band (Säilynoja, Bürkner
        & Vehtari 2022; by simulation, as in arviz-stats).
    """
    bands = _bands(pit, level)
    columns = min(4 if len(bands) > 6 else 3, len(bands))
    lines = int(np.ceil(len(bands) / columns))
    figure = Figure(figsize=(WIDTH if columns > 1 else 4.2, 0.7 + (1.6 if columns > 1 else 2.6) * lines))
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for ax, (name, (at, ecdf, lower, upper)) in zip(grid.flat, bands.items(), strict=False):
        bad = bool(((ecdf < lower - 1e-12) | (ecdf > upper + 1e-12)).any())
        ax.fill_between(at, lower, upper, color=PALE, alpha=0.55, lw=0)
        ax.axhline(0, color=MUTED, lw=0.7)
        ax.plot(at, ecdf, color=WARM if bad else DARK, lw=1.5, drawstyle="steps-post")
        title = fill(name.replace("_", " "), 24 if columns > 1 else 60) + (" – outside" if bad else "")
        ax.set_title(title, fontsize=8.0, color=WARM if bad else "black")
        ax.grid(axis="y", color=GRID)
        ax.set_xticks([0, 0.5, 1])
        plain_ticks(ax, "x")
        plain_ticks(ax, "y")
        ax.tick_params(labelsize=7.6)
    for ax in list(grid.flat)[len(bands) :]:
        ax.set_visible(False)
    for ax in list(grid.flat)[max(len(bands) - columns, 0) : len(bands)]:
        ax.xaxis.set_tick_params(labelbottom=True)
    figure.supxlabel(f"Rank of the truth (band: {number(100 * level)} % simultaneous)", fontsize=9)
    figure.supylabel("ECDF less uniform", fontsize=9)
    return figure


def caption(pit: Mapping[str, np.ndarray], level: float = 0.95) -> str:
    """Return the caption: simulations, level of the band, and which quantities leave it."""
    bad = outside(pit, level)
    sizes = sorted({len(values) for values in pit.values()})
    runs = count(sizes[0], "simulation") if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,} simulations"
    text = [
        f"Calibration of {count(len(pit), 'quantity', 'quantities')} over {runs}: ECDF of the truth's rank "
        f"less uniform, with {number(100 * level)} % simultaneous bands."
    ]
    if bad:
        said = [f"{name} (largest distance {number(far, 2)})" for name, far in bad.items()]
        text.append(f"Outside: {listed(said)}.")
    else:
        text.append("All stay within their bands.")
    text.append(f"A calibrated quantity leaves its band with probability {number(100 * (1 - level))} %.")
    return " ".join(text)
