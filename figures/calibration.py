"""Calibration: are ranks of the truth in the posterior uniform? ECDF differences, simultaneous bands."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import plain_ticks
from figures.style import DARK, GRID, MUTED, PALE, WARM, WIDTH, require, styled
from figures.words import count, listed, number

_COLUMNS = ["quantity", "at", "difference", "lower", "upper", "distance", "outside", "simulations"]


@styled
def calibration(bands: pd.DataFrame, level: float = 0.95) -> Figure:
    """Draw one panel a quantity.

    Parameters
    ----------
    bands : DataFrame
        One row a point of a quantity's ECDF: ``quantity``, ``at`` (rank, 0-1), ``difference`` (ECDF less uniform),
        ``lower`` and ``upper`` (of the band, less uniform); and of the quantity ``outside`` (bool: it leaves its
        band), ``distance`` (its largest from uniform) and ``simulations``.
    level : float
        Probability that the whole ECDF of a calibrated quantity stays within its band.
    """
    require(bands, _COLUMNS, "calibration")
    parts = {str(name): part for name, part in bands.groupby("quantity", sort=False)}
    columns = min(4 if len(parts) > 6 else 3, len(parts))
    lines = int(np.ceil(len(parts) / columns))
    figure = Figure(figsize=(WIDTH if columns > 1 else 4.2, 0.7 + (1.6 if columns > 1 else 2.6) * lines))
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for ax, (name, part) in zip(grid.flat, parts.items(), strict=False):
        bad = bool(part["outside"].iloc[0])
        ax.fill_between(part["at"], part["lower"], part["upper"], color=PALE, alpha=0.55, lw=0)
        ax.axhline(0, color=MUTED, lw=0.7)
        ax.plot(part["at"], part["difference"], color=WARM if bad else DARK, lw=1.5, drawstyle="steps-post")
        title = fill(name.replace("_", " "), 24 if columns > 1 else 60) + (" – outside" if bad else "")
        ax.set_title(title, fontsize=8.0, color=WARM if bad else "black")
        ax.grid(axis="y", color=GRID)
        ax.set_xticks([0, 0.5, 1])
        plain_ticks(ax, "x")
        plain_ticks(ax, "y")
        ax.tick_params(labelsize=7.6)
    for ax in list(grid.flat)[len(parts) :]:
        ax.set_visible(False)
    for ax in list(grid.flat)[max(len(parts) - columns, 0) : len(parts)]:
        ax.xaxis.set_tick_params(labelbottom=True)
    figure.supxlabel(f"Rank of the truth (band: {number(100 * level)} % simultaneous)", fontsize=9)
    figure.supylabel("ECDF less uniform", fontsize=9)
    return figure


def caption(bands: pd.DataFrame, level: float = 0.95) -> str:
    """Return the caption: simulations, level of the band, and which quantities leave it."""
    require(bands, _COLUMNS, "calibration")
    each = bands.drop_duplicates("quantity")
    sizes = sorted({int(size) for size in each["simulations"]})
    runs = count(sizes[0], "simulation") if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,} simulations"
    text = [
        f"Calibration of {count(len(each), 'quantity', 'quantities')} over {runs}: ECDF of the truth's rank "
        f"less uniform, with {number(100 * level)} % simultaneous bands."
    ]
    if each["outside"].any():
        bad = each[each["outside"]]
        said = [f"{r.quantity} (largest distance {number(r.distance, 2)})" for r in bad.itertuples()]
        text.append(f"Outside: {listed(said)}.")
    else:
        text.append("All stay within their bands.")
    text.append(f"A calibrated quantity leaves its band with probability {number(100 * (1 - level))} %.")
    return " ".join(text)
