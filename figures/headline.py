"""The headline effect across models: published, replicated, corrected and posterior, on one axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.axes import cut_limits, interval_row, plain_ticks, zero_line
from figures.style import DARK, GRID, INK, LIGHT, MUTED, WARM, is_narrow, require, styled, width
from figures.words import between, count, estimate, interval_name, listed, number, plain

ALT = "Forest plot: the headline effect in troops per year with its interval, one row an estimate, by origin."

_COLUMNS = ["label", "group", "headline", "lower", "upper", "interval", "rows", "states"]
#: As wide as a page shows a figure at its own size, inches.
WIDE = 9.0
_GROUPS = {
    "published": ("As published", MUTED, "s"),
    "replicated": ("Replicated", LIGHT, "D"),
    "correction": ("With the named corrections", WARM, "^"),
    "posterior": ("Posterior", DARK, "o"),
}


def _laid_out(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    require(table, _COLUMNS, "headline_comparison")
    known = [group for group in _GROUPS if group in set(table["group"])]
    other = [group for group in table["group"].drop_duplicates() if group not in _GROUPS]
    return [(group, table[table["group"] == group]) for group in [*known, *other]]


@styled
def headline_comparison(table: pd.DataFrame, *, unit: str = "troops per year") -> Figure:
    """Draw the forest of headline effects, with the numbers, rows and states of each beside it.

    Parameters
    ----------
    table : DataFrame
        One row an estimate: ``label``, ``group`` (published, replicated, correction, posterior; others
        follow in their own order), ``headline``, ``lower``, ``upper`` (in ``unit``; NaN bounds draw a bare
        point), ``interval`` (kind and level, such as ``ci_95``), ``rows``, ``states``; optionally
        ``step`` (the change in potential behind the effect) and ``similarity_held`` (bool).
    unit : str
        Unit of the effect.
    """
    groups = _laid_out(table)
    limits = cut_limits(table["headline"], table["lower"], table["upper"])
    lines = sum(len(part) + 1 for _, part in groups)
    if is_narrow():
        # What stands beside the forest elsewhere stands above each line here.
        figure = Figure(figsize=(width(), 0.95 + 0.36 * lines))
        ax, side = figure.subplots(), None
    else:
        beside = 2.9 if {"step", "similarity_held"} & set(table.columns) else 2.2
        figure = Figure(figsize=(WIDE, 0.95 + 0.26 * lines))
        ax, side = figure.subplots(1, 2, width_ratios=[2.4, beside], sharey=True)
    ticks, names, height = [], [], 0.0
    for group, part in groups:
        title, color, marker = _GROUPS.get(group, (str(group).capitalize(), INK, "v"))
        kinds = [interval_name(kind) for kind in part["interval"].drop_duplicates()]
        _on_the_line(ax, height, f"{title}: {listed(kinds)}", fontweight="bold", color=INK)
        height += 1
        for row in part.itertuples():
            interval_row(ax, row, height, limits, color, marker)
            if side is None:
                _on_the_line(
                    ax, height - 0.42, f"{row.label}: {estimate(row.headline, row.lower, row.upper)}"
                )
            else:
                _write(side, row, height)
                ticks.append(height)
                names.append(row.label)
            height += 1
    ax.set_yticks(ticks, names)
    ax.set_ylim(height - 0.4, -0.7)
    ax.set_xlim(limits)
    ax.set_xlabel(f"Headline effect H, {unit}")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=GRID)
    zero_line(ax)
    plain_ticks(ax)
    if side is not None:
        _heads(side, "step" in table.columns, "similarity_held" in table.columns)
    return figure


def _on_the_line(ax: Axes, height: float, text: str, **look: Any) -> None:
    """Write at the left edge of the forest, over its grid."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    where = ax.get_yaxis_transform()
    ax.text(0, height, text, transform=where, va="center", ha="left", fontsize=8, zorder=5, bbox=box, **look)


def caption(table: pd.DataFrame, *, unit: str = "troops per year") -> str:
    """Return the caption: each group's range, the posterior in full, how many intervals exclude zero."""
    groups = _laid_out(table)
    steps = sorted(set(table["step"].dropna().astype(float))) if "step" in table.columns else []
    over = f" for a step of {listed([plain(s) for s in steps])} in potential" if 0 < len(steps) <= 3 else ""
    text = [f"Headline effect H{over}, in {unit}, of {count(len(table), 'estimate')}."]
    for group, part in groups:
        title = _GROUPS.get(group, (str(group).capitalize(),))[0]
        if group == "posterior" or len(part) == 1:
            said = [
                f"{row.label} {estimate(row.headline, row.lower, row.upper)}" for row in part.itertuples()
            ]
            kinds = [interval_name(kind) for kind in part["interval"].drop_duplicates() if kind != "none"]
            in_brackets = f" ({listed(kinds)} in brackets)" if kinds else ""
            text.append(f"{title}{in_brackets}: {'; '.join(said)}.")
        else:
            ends = between(part["headline"].min(), part["headline"].max())
            text.append(f"{title}: {ends} over {len(part)} models.")
    known = table[np.isfinite(table["lower"].astype(float)) & np.isfinite(table["upper"].astype(float))]
    if len(known):
        away = int(((known["lower"] > 0) | (known["upper"] < 0)).sum())
        verb = "excludes" if away == 1 else "exclude"
        text.append(f"{away} of {count(len(known), 'interval')} {verb} zero.")
    low, high = cut_limits(table["headline"], table["lower"], table["upper"])
    cut = known[(known["lower"] < low) | (known["upper"] > high)]
    if len(cut):
        text.append("An arrowhead marks an interval that reaches beyond the axis; its ends stand beside it.")
    return " ".join(text)


def _write(side: Axes, row, height: float) -> None:
    known = np.isfinite([row.lower, row.upper]).all()
    cells = [estimate(row.headline, row.lower, row.upper) if known else number(row.headline)]
    cells += [_whole(row.rows), _whole(row.states)]
    if hasattr(row, "step"):
        cells.append(plain(row.step) if np.isfinite(row.step) else "–")
    if hasattr(row, "similarity_held"):
        held = row.similarity_held
        cells.append("–" if pd.isna(held) else "yes" if held else "no")
    where = side.get_yaxis_transform()
    for place, text in zip(_places(len(cells)), cells, strict=True):
        side.text(place, height, text, ha="right", va="center", fontsize=9, transform=where)


def _places(cells: int) -> list[float]:
    """Right edges of the columns beside the forest, as fractions of their width."""
    return {3: [0.6, 0.79, 1.0], 4: [0.51, 0.67, 0.83, 1.0], 5: [0.44, 0.58, 0.71, 0.85, 1.0]}[cells]


def _whole(value: float) -> str:
    return f"{int(value):,}" if pd.notna(value) else "–"


def _heads(side: Axes, step: bool, held: bool) -> None:
    heads = ["H (interval)", "rows", "states"] + ["step"] * step + ["S held"] * held
    for place, text in zip(_places(len(heads)), heads, strict=True):
        side.text(
            place, 1.0, text, ha="right", va="bottom", fontsize=9, color=MUTED, transform=side.transAxes
        )
    side.set_axis_off()
