"""What each provision tells of depth, and where: item information."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import plain_ticks
from figures.style import DARK, GRID, PALE, fitted, is_narrow, require, styled, width
from figures.words import count, interval_name, number, plain

ALT = "Line charts: information of each provision about depth, by depth, the other provisions in grey behind it."

_COLUMNS = ["provision", "depth", "median", "lower", "upper"]


@styled
def item_information(table: pd.DataFrame, interval: str = "eti_95") -> Figure:
    """Draw one panel a provision, on common axes, most informative first.

    Parameters
    ----------
    table : DataFrame
        ``provision``, ``depth`` (SDs over treaties), ``median``, ``lower``, ``upper``: Fisher information about
        depth, the inverse of the variance with which the provision alone would tell it.
    interval : str
        Kind and level of the bounds.
    """
    order = _order(table)
    columns = 2 if is_narrow() else 3
    lines = int(np.ceil(len(order) / columns))
    figure = Figure(figsize=(width(), 0.6 + 1.5 * lines))
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for ax, provision in zip(grid.flat, order, strict=False):
        for other in order:
            part = table[table["provision"] == other].sort_values("depth")
            if other != provision:
                ax.plot(part["depth"], part["median"], color=PALE, lw=0.7, zorder=1)
                continue
            ax.fill_between(
                part["depth"], part["lower"], part["upper"], color=DARK, alpha=0.2, lw=0, zorder=2
            )
            ax.plot(part["depth"], part["median"], color=DARK, lw=1.8, zorder=3)
        ax.set_title(fitted(_words(provision), 20), fontsize=8.5)
        ax.set_ylim(bottom=0)
        ax.grid(axis="y", color=GRID)
        plain_ticks(ax, "x")
        plain_ticks(ax, "y")
    for ax in list(grid.flat)[len(order) :]:
        ax.set_visible(False)
    figure.supxlabel(fitted(f"Depth, SDs over treaties (band: {interval_name(interval)})"), fontsize=9)
    figure.supylabel("Information", fontsize=9)
    return figure


def caption(table: pd.DataFrame, interval: str = "eti_95") -> str:
    """Return the caption: which provision tells most, and where; which tell next to nothing."""
    order, table = _order(table), table.reset_index(drop=True)
    top = table.loc[table.loc[table["provision"] == order[0], "median"].idxmax()]
    peak = table.groupby("provision")["median"].max()
    faint = int((peak < 0.1 * peak.max()).sum())
    text = [
        f"Information of {count(len(order), 'provision')} about depth; bands are the {interval_name(interval)}.",
        f"Most at one place: {_words(order[0])}, {number(top['median'], 2)} at a depth of "
        f"{plain(round(top['depth'], 1))}.",
    ]
    if faint:
        text.append(f"{count(faint, 'provision').capitalize()} never reach a tenth of that." if faint > 1 else
                    "1 provision never reaches a tenth of that.")  # fmt: skip
    text.append("Grey lines repeat the other provisions.")
    return " ".join(text)


def _order(table: pd.DataFrame) -> list[str]:
    require(table, _COLUMNS, "item_information")
    return (
        table.groupby("provision")["median"].max().sort_values(ascending=False, kind="stable").index.tolist()
    )


def _words(provision: str) -> str:
    return provision.replace("_", " ")
