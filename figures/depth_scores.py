"""Depth of treaties: every score with its interval, named ones labelled (Benson & Clinton 2016, Figure 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import DARK, PALE, WARM, require, styled, width
from figures.words import between, count, interval_name, number

ALT = "Dot plot: depth of each treaty with its interval, deepest on top."

_COLUMNS = ["treaty", "median", "lower", "upper"]
#: With more treaties than this, only the named ones are labelled.
_LABELLED = 45


def _sorted(table: pd.DataFrame, named: Sequence[str] | None) -> tuple[pd.DataFrame, list[str]]:
    require(table, _COLUMNS, "depth_scores")
    table = table.sort_values(["median", "treaty"], ascending=[False, True]).reset_index(drop=True)
    unknown = sorted(set(named or []) - set(table["treaty"]))
    if unknown:
        raise ValueError(f"depth_scores: no treaty is called {', '.join(map(repr, unknown))}")
    return table, list(named) if named is not None else []


@styled
def depth_scores(
    table: pd.DataFrame, interval: str = "eti_95", *, named: Sequence[str] | None = None
) -> Figure:
    """Draw treaties by depth.

    Parameters
    ----------
    table : DataFrame
        ``treaty`` (name), ``median``, ``lower``, ``upper`` in units of depth.
    interval : str
        Kind and level of the bounds.
    named : sequence of str, optional
        Treaties to bring out; with more than 45 treaties only these carry a label.
    """
    table, named = _sorted(table, named)
    bright = table["treaty"].isin(named).to_numpy()
    figure = Figure(figsize=(width(), 1.0 + 0.2 * len(table) if len(table) <= _LABELLED else 6.2))
    axes = figure.subplots()
    if len(table) <= _LABELLED:
        heights = rows(axes, table["treaty"].tolist())
        axes.tick_params(axis="y", labelsize=8)
        for mask, color in [(~bright, DARK), (bright, WARM)]:
            part = table[mask]
            if len(part):
                dots(axes, part["median"], part["lower"], part["upper"], heights[mask], color=color, size=24)
    else:
        heights = np.arange(len(table), dtype=float)
        axes.hlines(heights, table["lower"], table["upper"], color=PALE, lw=0.7, rasterized=True)
        axes.scatter(table["median"], heights, s=3, color=DARK, zorder=3, rasterized=True)
        _label(axes, table, bright)
        axes.set_ylim(len(table), -1)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_ylabel(f"{len(table):,} treaties, deepest on top")
    axes.set_xlabel(f"Depth (line: {interval_name(interval)})")
    plain_ticks(axes)
    zero_line(axes)
    # The axis ends where the scores do; what lies beyond is the column of names.
    edge = np.nanmax(table[["median", "upper"]].to_numpy(float))
    axes.set_xticks([tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= edge * 1.0001])
    return figure


def _label(axes, table: pd.DataFrame, bright: np.ndarray) -> None:
    """Name the bright treaties in a column on the right, kept apart and tied to their scores by a line."""
    if not bright.any():
        return
    at = np.flatnonzero(bright).astype(float)
    apart = 0.034 * len(table)
    place = at.copy()
    for k in range(1, len(place)):
        place[k] = max(place[k], place[k - 1] + apart)
    # What was pushed past the bottom moves back up, again at least one line apart.
    for k in range(len(place) - 1, -1, -1):
        limit = len(table) - 1 if k == len(place) - 1 else place[k + 1] - apart
        place[k] = min(place[k], limit)
    edges = table[["lower", "upper"]].to_numpy(float)
    low, high = np.nanmin(edges), np.nanmax(edges)
    span = high - low
    axes.set_xlim(low - 0.03 * span, high + 0.5 * span)
    for score, label in zip(at, place, strict=True):
        row = table.iloc[int(score)]
        axes.plot([row["lower"], row["upper"]], [score, score], color=WARM, lw=1.6, zorder=4)
        axes.plot(row["median"], score, "o", color=WARM, ms=5, zorder=5)
        axes.plot([row["upper"], high + 0.04 * span], [score, label], color=WARM, lw=0.6, alpha=0.7)
        axes.text(high + 0.05 * span, label, row["treaty"], va="center", fontsize=8)


def caption(table: pd.DataFrame, interval: str = "eti_95", *, named: Sequence[str] | None = None) -> str:
    """Return the caption: deepest and shallowest treaty, distinct values, and the named ones."""
    table, named = _sorted(table, named)
    top, bottom = table.iloc[0], table.iloc[-1]
    distinct = table["median"].round(6).nunique()
    text = [
        f"Depth of {count(len(table), 'treaty', 'treaties')}, {count(distinct, 'distinct value')}; "
        f"lines are the {interval_name(interval)}.",
        f"Deepest {_said(top)}, shallowest {_said(bottom)}.",
    ]
    others = [row for _, row in table.iterrows() if row["treaty"] in named]
    if others:
        text.append(f"In orange: {'; '.join(_said(row) for row in others)}.")
    return " ".join(text)


def _said(row: pd.Series) -> str:
    return f"{row['treaty']} ({number(row['median'], 2)}, {between(row['lower'], row['upper'], 2)})"
