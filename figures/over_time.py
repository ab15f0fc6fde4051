"""A state's ties and potential over the years: small multiples of a median with its band."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.axes import plain_ticks, zero_line
from figures.style import DARK, GRID, MUTED, PALE, WIDTH, is_narrow, require, styled, width
from figures.words import between, count, interval_name, number

_COLUMNS = ["state", "year", "median", "lower", "upper"]


@styled
def over_time(table: pd.DataFrame, label: str, interval: str = "eti_95", *, steps: bool = False) -> Figure:
    """Draw one panel a state, on common axes, the other states in grey behind it.

    Parameters
    ----------
    table : DataFrame
        ``state``, ``year``, ``median``, ``lower``, ``upper``; a year without a value breaks the line.
        Optionally ``treaty``: the treaty behind the value, written where it changes.
    label : str
        What the vertical axis measures, with its unit.
    interval : str
        Kind and level of the band.
    steps : bool
        Draw steps, for a quantity that changes only when a treaty enters into force or ends.
    """
    states = _states(table)
    columns = min(2 if is_narrow() else 4 if len(states) > 6 else 3, len(states))
    lines = int(np.ceil(len(states) / columns))
    figure = Figure(
        figsize=(width(WIDTH if columns > 1 else 5.0), 0.75 + (1.45 if columns > 2 else 2.2) * lines)
    )
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for ax, state in zip(grid.flat, states, strict=False):
        for other in states:
            if other != state and len(states) <= 40:
                years, median, _, _ = _full(table[table["state"] == other])
                ax.plot(
                    years,
                    median,
                    color=PALE,
                    lw=0.6,
                    zorder=1,
                    drawstyle="steps-post" if steps else "default",
                )
        years, median, lower, upper = _full(table[table["state"] == state])
        ax.fill_between(
            years, lower, upper, color=DARK, alpha=0.2, lw=0, step="post" if steps else None, zorder=2
        )
        ax.plot(years, median, color=DARK, lw=1.7, drawstyle="steps-post" if steps else "default", zorder=3)
        ax.set_title(state, fontsize=8.5)
        ax.grid(axis="y", color=GRID)
        ax.xaxis.set_major_locator(MaxNLocator(4 if columns < 4 else 3, integer=True))
        ax.tick_params(labelsize=7.6)
        if "treaty" in table.columns:
            _treaties(ax, table[table["state"] == state].sort_values("year"))
    for ax in list(grid.flat)[len(states) :]:
        ax.set_visible(False)
    if "treaty" in table.columns:
        # Room above the lines for the names of the treaties.
        low, high = grid.flat[0].get_ylim()
        most = max(len(_spells(part)) for _, part in table.groupby("state"))
        grid.flat[0].set_ylim(low, high + (0.05 + 0.13 * most) * (high - low))
    for ax in list(grid.flat)[: len(states)]:
        zero_line(ax, "y")
        plain_ticks(ax, "y")
    for ax in list(grid.flat)[max(len(states) - columns, 0) : len(states)]:
        ax.xaxis.set_tick_params(labelbottom=True)
    figure.supylabel(label, fontsize=9)
    figure.supxlabel(f"Year (band: {interval_name(interval)})", fontsize=9)
    return figure


def caption(table: pd.DataFrame, label: str, interval: str = "eti_95") -> str:
    """Return the caption: the years covered, and the state whose median moved most."""
    states = _states(table)
    first, last = int(table["year"].min()), int(table["year"].max())
    text = [f"{label}, {first}-{last}, {count(len(states), 'state')}; band: {interval_name(interval)}."]
    moved = {}
    for state in states:
        part = table[(table["state"] == state) & table["median"].notna()].sort_values("year")
        if len(part) > 1:
            moved[state] = (part.iloc[0], part.iloc[-1])
    if moved:
        most = max(moved, key=lambda s: abs(moved[s][1]["median"] - moved[s][0]["median"]))
        start, end = moved[most]
        text.append(f"{most} moved most between its first and last year: {_said(start)} and {_said(end)}.")
    if len(states) > 1:
        text.append("Grey lines repeat the other states.")
    return " ".join(text)


def depth_over_time(table: pd.DataFrame, interval: str = "eti_95") -> Figure:
    """Draw the depth of states' ties with the leader, in steps; see :func:`over_time`."""
    return over_time(table, "Depth of ties with the leader", interval, steps=True)


def potential_over_time(table: pd.DataFrame, interval: str = "eti_95") -> Figure:
    """Draw unrealized alliance potential by state and year; see :func:`over_time`."""
    return over_time(table, "Unrealized alliance potential", interval)


def _states(table: pd.DataFrame) -> list[str]:
    require(table, _COLUMNS, "over_time")
    if table.duplicated(["state", "year"]).any():
        twice = table.loc[table.duplicated(["state", "year"]), ["state", "year"]].iloc[0]
        raise ValueError(f"over_time: {twice['state']!r} has several rows in {twice['year']}")
    return table["state"].drop_duplicates().tolist()


def _full(part: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Years without a gap, NaN where the table has none: a gap in the data is a gap in the line."""
    part = part.set_index("year").sort_index()
    part = part.reindex(np.arange(part.index.min(), part.index.max() + 1))
    return (part.index.to_numpy(), *(part[c].to_numpy(float) for c in ("median", "lower", "upper")))


def _spells(part: pd.DataFrame) -> list[tuple[int, str]]:
    """First year and treaty of each spell under one treaty."""
    part = part.sort_values("year")
    named = part["treaty"].fillna("no treaty").tolist()
    years = part["year"].astype(int).tolist()
    return [(years[k], named[k]) for k in range(len(part)) if k == 0 or named[k] != named[k - 1]]


def _treaties(ax: Axes, part: pd.DataFrame) -> None:
    words = "\n".join(f"{year}: {name}" for year, name in _spells(part))
    ax.text(
        0.03, 0.96, words, transform=ax.transAxes, va="top", fontsize=6.6, color=MUTED, zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )  # fmt: skip


def _said(row: pd.Series) -> str:
    return f"{number(row['median'], 2)} in {int(row['year'])} ({between(row['lower'], row['upper'], 2)})"
