"""Each operation's effect in the joint model beside that of a fit of the operation alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import cut_limits, interval_row, plain_ticks, rows, zero_line
from figures.style import BAND, DARK, LIGHT, MUTED, WARM, fitted, is_narrow, require, styled, width
from figures.words import count, estimate, interval_name, listed

ALT = "Forest plot: each operation's effect in the joint model and in a fit of its own, those that differ marked."

_ENDS = ("", "_lower", "_upper")
_COLUMNS = ["operation", *(f"{which}{end}" for which in ("joint", "separate") for end in _ENDS), "flagged"]


@styled
def separate(table: pd.DataFrame, *, unit: str = "troops per year", interval: str = "eti_95") -> Figure:
    """Draw two points an operation, joint and separate, with their intervals.

    Parameters
    ----------
    table : DataFrame
        ``operation``; ``joint``, ``separate`` (medians, in `unit`) with bounds ``<name>_lower`` and
        ``<name>_upper``, NaN where there is no separate estimate; ``flagged`` (bool: signs differ, or intervals
        do not meet).
    unit : str
    interval : str
        Kind and level of the bounds.
    """
    require(table, _COLUMNS, "separate")
    flagged = table["flagged"].astype(bool).to_numpy()
    figure = Figure(figsize=(width(), 1.4 + 0.42 * len(table)))
    axes = figure.subplots()
    heights = rows(axes, table["operation"].astype(str).tolist())
    both = {which: _estimates(table, which) for which in ("joint", "separate")}
    together = pd.concat(both.values())
    known = together[np.isfinite(together["headline"].astype(float))]
    limits = cut_limits(known["headline"], known["lower"], known["upper"])
    for height in heights[flagged]:
        axes.axhspan(height - 0.5, height + 0.5, color=WARM, alpha=BAND, lw=0, zorder=0)
    for which, color, marker, lift, label in (
        ("joint", DARK, "o", -0.17, "in the joint model"),
        ("separate", LIGHT, "s", 0.17, "fitted alone"),
    ):
        for row, height in zip(both[which].itertuples(), heights, strict=True):
            if np.isfinite(row.headline):
                interval_row(axes, row, height + lift, limits, color, marker)
        axes.plot([], [], color=color, marker=marker, lw=2, label=label)
    if flagged.any():
        # For the legend alone: a band of no height would be a line through the first operation.
        axes.fill([], [], color=WARM, alpha=BAND, label="signs differ, or intervals do not meet")
    for label, hit in zip(axes.get_yticklabels(), flagged, strict=True):
        label.set_fontweight("bold" if hit else "normal")
        label.set_color(WARM if hit else MUTED)
    axes.set_xlim(limits)
    axes.set_xlabel(fitted(f"Effect on the operation's rows, {unit} (line: {interval_name(interval)})", 40))
    plain_ticks(axes)
    zero_line(axes)
    figure.legend(loc="outside upper left", ncols=1 if is_narrow() else 3)
    return figure


def caption(table: pd.DataFrame, *, unit: str = "troops per year", interval: str = "eti_95") -> str:
    """Return the caption: which operations differ, with both estimates; that a long interval is cut."""
    require(table, _COLUMNS, "separate")
    flagged = table[table["flagged"].astype(bool)]
    text = [
        f"The effect of {count(len(table), 'operation')} in the joint model and in fits of each alone, in {unit}, "
        f"with the {interval_name(interval)}."
    ]
    if len(flagged):
        text.append(
            f"Signs differ, or intervals do not meet: {listed([_said(row) for _, row in flagged.iterrows()])}."
        )
    else:
        text.append("All signs agree and all intervals meet.")
    absent = table[~np.isfinite(table["separate"].astype(float))]
    if len(absent):
        text.append(f"No fit alone: {listed(absent['operation'].astype(str).tolist())}.")
    text.append("An arrowhead marks an interval that reaches beyond the axis.")
    return " ".join(text)


def _estimates(table: pd.DataFrame, which: str) -> pd.DataFrame:
    columns = {f"{which}{end}": name for end, name in zip(_ENDS, ("headline", "lower", "upper"), strict=True)}
    return table.rename(columns=columns)[["headline", "lower", "upper"]]


def _said(row: pd.Series) -> str:
    joint, alone = (
        estimate(row[which], row[f"{which}_lower"], row[f"{which}_upper"]) for which in ("joint", "separate")
    )
    return f"{row['operation']} {joint} jointly, {alone} alone"
