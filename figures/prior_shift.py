"""How far each coefficient and spread lies from its prior."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from figures.axes import plain_ticks, rows, zero_line
from figures.style import DARK, MUTED, WARM, fitted, is_narrow, require, styled, width
from figures.words import count, listed, number, plain

ALT = "Dot plot: posterior median of each coefficient and spread in prior standard deviations."

_COLUMNS = ["label", "prior_sds", "overlap", "flagged"]


@styled
def prior_shift(table: pd.DataFrame, limit: float) -> Figure:
    """Draw one point a parameter, flagged ones apart, and the limits.

    Parameters
    ----------
    table : DataFrame
        ``label``, ``prior_sds`` (signed), ``overlap`` (0 to 1) and ``flagged`` (bool).
    limit : float
        Prior SDs from which on a parameter is flagged.
    """
    require(table, _COLUMNS, "prior_shift")
    figure = Figure(figsize=(width(6.6), 1.2 + (0.32 if is_narrow() else 0.22) * len(table)))
    axes = figure.subplots()
    heights = rows(axes, [fitted(f"{r.label} ({r.overlap:.2f})", 26) for r in table.itertuples()])
    flagged = table["flagged"].to_numpy(bool)
    axes.hlines(heights, 0, table["prior_sds"], color=MUTED, lw=0.7, zorder=1)
    for mask, color, marker in ((~flagged, DARK, "o"), (flagged, WARM, "D")):
        axes.scatter(table["prior_sds"][mask], heights[mask], s=30, color=color, marker=marker, zorder=3)
    for end in (-limit, limit):
        axes.axvline(end, color=MUTED, lw=1, ls="--")
    reach = 1.1 * max(1.2 * limit, table["prior_sds"].abs().max())
    axes.set_xlim(-reach, reach)
    axes.set_xlabel(
        fitted("Posterior median, in prior SDs (in brackets: overlap of prior and posterior)", 30)
    )
    axes.tick_params(axis="y", labelsize=7.6 if is_narrow() else 8)
    plain_ticks(axes)
    zero_line(axes)
    return figure


def caption(table: pd.DataFrame, limit: float) -> str:
    """Return the caption: how many are flagged, and which."""
    require(table, _COLUMNS, "prior_shift")
    flagged = table[table["flagged"].astype(bool)]
    first = f"Posterior medians of {count(len(table), 'parameter')} in SDs of their priors"
    if flagged.empty:
        return f"{first}; none lies beyond {plain(limit)}."
    said = [
        f"{r.label} ({number(r.prior_sds, 2)}, overlap {number(r.overlap, 2)})" for r in flagged.itertuples()
    ]
    return f"{first}; beyond {plain(limit)}: {listed(said)}."
