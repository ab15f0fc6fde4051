"""How strongly each treaty provision speaks of depth (Benson & Clinton 2016, Figure 2)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import MARKERS, MUTED, PALETTE, require, styled, width
from figures.words import between, count, interval_name, listed, number

ALT = "Dot plot: loading of each provision on alliance depth with its interval, strongest on top."

_COLUMNS = ["provision", "median", "lower", "upper"]


def _measures(table: pd.DataFrame) -> list[str | None]:
    require(table, _COLUMNS, "depth_loadings")
    if "measure" not in table.columns:
        return [None]
    found = table["measure"].drop_duplicates().tolist()
    if len(found) > len(PALETTE):
        raise ValueError(f"depth_loadings: {len(found)} measures; at most {len(PALETTE)} can be told apart")
    return found


@styled
def depth_loadings(
    table: pd.DataFrame, interval: str = "eti_95", *, unit: str = "loading on depth"
) -> Figure:
    """Draw one row a provision, ordered by its first measure's loading.

    Parameters
    ----------
    table : DataFrame
        ``provision``, ``median``, ``lower``, ``upper`` (NaN bounds draw a bare point); optionally ``measure``
        (published and own, at most four) and ``informative`` (bool: False for a provision that is the same in
        every treaty and so says nothing about depth; named as such).
    interval : str
        Kind and level of the bounds.
    unit : str
        What the axis measures.
    """
    measures = _measures(table)
    first = table if measures == [None] else table[table["measure"] == measures[0]]
    order = first.sort_values("median", ascending=False)["provision"].tolist()
    order += [p for p in table["provision"].drop_duplicates() if p not in order]
    silent = set(table.loc[~table["informative"], "provision"]) if "informative" in table.columns else set()
    figure = Figure(figsize=(width(6.2), 1.2 + 0.34 * len(order)))
    axes = figure.subplots()
    names = [_plain(p) + (" (constant)" if p in silent else "") for p in order]
    heights = pd.Series(rows(axes, names), index=order)
    for place, measure in enumerate(measures):
        part = table if measure is None else table[table["measure"] == measure]
        shift = (place - (len(measures) - 1) / 2) * 0.5 / max(len(measures) - 1, 1)
        at = heights.loc[part["provision"]].to_numpy() + shift
        dots(
            axes, part["median"], part["lower"], part["upper"], at,
            color=PALETTE[place], marker=MARKERS[place], label=measure, size=34,
        )  # fmt: skip
    for label in axes.get_yticklabels():
        if label.get_text().endswith("(constant)"):
            label.set_color(MUTED)
    axes.set_xlabel(f"{unit[0].upper()}{unit[1:]} (line: {interval_name(interval)})")
    plain_ticks(axes)
    zero_line(axes)
    if measures != [None]:
        figure.legend(loc="outside upper left", ncols=len(measures))
    return figure


def caption(table: pd.DataFrame, interval: str = "eti_95") -> str:
    """Return the caption: strongest and weakest provision, and how many intervals exclude zero."""
    measures = _measures(table)
    text = [
        f"Loadings of {count(table['provision'].nunique(), 'provision')} on depth; {interval_name(interval)}."
    ]
    for measure in measures:
        part = table if measure is None else table[table["measure"] == measure]
        top, bottom = part.loc[part["median"].idxmax()], part.loc[part["median"].idxmin()]
        clear = int((part["lower"] > 0).sum())
        lead = "strongest" if measure is None else f"{measure}: strongest"
        said = f"{lead} {_said(top)}, weakest {_said(bottom)}; {count(clear, 'interval')} above zero."
        text.append(said[0].upper() + said[1:])
    if "informative" in table.columns and not table["informative"].all():
        silent = table.loc[~table["informative"], "provision"].drop_duplicates().map(_plain)
        text.append(f"The same in every treaty, so without information: {listed(list(silent))}.")
    return " ".join(text)


def _plain(provision: str) -> str:
    return str(provision).replace("_", " ")


def _said(row: pd.Series) -> str:
    bounds = f", {between(row['lower'], row['upper'], 2)}" if pd.notna(row["lower"]) else ""
    return f"{_plain(row['provision'])} ({number(row['median'], 2)}{bounds})"
