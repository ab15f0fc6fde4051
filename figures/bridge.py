"""The bridge: a tree of estimates from the published one to the joint one, each rung changing one thing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.axes import cut_limits, interval_row, plain_ticks, zero_line
from figures.style import DARK, GRID, INK, MUTED, PALE, require, styled
from figures.words import count, decimal, digits, estimate, interval_name, listed

ALT = "Tree of estimates with a forest plot: each rung, its parent, the headline effect and its interval."

_COLUMNS = [
    "id",
    "label",
    "parent",
    "headline",
    "lower",
    "upper",
    "interval",
    "rows",
    "states",
    "level",
    "moved",
]


@styled
def bridge(table: pd.DataFrame, *, unit: str = "troops per year") -> Figure:
    """Draw the tree on the left, the estimates in the middle, the numbers on the right.

    Parameters
    ----------
    table : DataFrame
        One row a rung, parents before children: ``id``, ``label``, ``parent`` (an id), ``headline``, ``lower``,
        ``upper``, ``interval``, ``rows``, ``states``, ``level`` (0 for a root) and ``moved``, the change of the
        headline from the parent's (NaN for a root).
    """
    require(table, _COLUMNS, "bridge")
    rungs = table.reset_index(drop=True)
    place = {rung: k for k, rung in enumerate(rungs["id"])}
    limits = cut_limits(rungs["headline"], rungs["lower"], rungs["upper"])
    longest = max(len(r.label) * 0.066 + r.level * 0.16 for r in rungs.itertuples())
    left = min(4.2, max(1.8, longest + 0.2))
    figure = Figure(figsize=(left + 6.0, 0.85 + 0.27 * len(rungs)))
    tree, forest, side = figure.subplots(1, 3, width_ratios=[left, 3.0, 3.0], sharey=True)
    for k, rung in enumerate(rungs.itertuples()):
        indent = rung.level * 0.16 / left
        tree.text(
            indent + 0.012,
            k,
            rung.label,
            va="center",
            fontsize=8.3,
            fontweight="normal" if rung.level else "bold",
        )
        parent = None if np.isnan(rung.moved) else place[rungs["parent"].iloc[k]]
        if parent is not None:
            stem = indent - 0.11 / left
            tree.plot([stem, stem, indent], [parent + 0.32, k, k], color=PALE, lw=1.1)
            # The parent's effect, so that what moved is seen without reading numbers.
            before = rungs["headline"].iloc[parent]
            forest.plot([before, rung.headline], [k, k], color=MUTED, lw=0.8, ls=":", zorder=1)
            forest.plot(before, k, marker="|", color=MUTED, ms=8, zorder=2)
        interval_row(
            forest, rung, k, limits, INK if rung.level == 0 else DARK, "s" if rung.level == 0 else "o"
        )
        _write(side, rung, k)
    tree.set_xlim(0, 1)
    tree.set_axis_off()
    forest.set_ylim(len(rungs) - 0.4, -0.7)
    forest.set_xlim(limits)
    forest.set_yticks([])
    forest.spines["left"].set_visible(False)
    forest.grid(axis="x", color=GRID)
    forest.set_xlabel(f"Headline effect H, {unit}\n(tick and dots: its parent's)")
    zero_line(forest)
    plain_ticks(forest)
    for at, head in zip(_PLACES, ["H [interval]", "moved", "rows", "states"], strict=True):
        side.text(at, 1.0, head, transform=side.transAxes, ha="right", va="bottom", fontsize=7.6, color=MUTED)
    side.set_axis_off()
    return figure


_PLACES = (0.5, 0.7, 0.85, 1.0)


def _write(side: Axes, rung, height: float) -> None:
    known = np.isfinite([rung.lower, rung.upper]).all()
    # What moved is known no better than what it moved.
    places = digits(rung.lower, rung.upper) if known else digits(rung.headline)
    bounds = f"  [{decimal(rung.lower, places)}, {decimal(rung.upper, places)}]" if known else ""
    cells = [decimal(rung.headline, places) + bounds]
    plus = "+" if round(rung.moved, places) > 0 else ""
    moved = "" if np.isnan(rung.moved) else plus + decimal(rung.moved, places)
    cells += [moved, *(f"{int(n):,}" if pd.notna(n) else "–" for n in (rung.rows, rung.states))]
    for at, text in zip(_PLACES, cells, strict=True):
        side.text(
            at, height, text, transform=side.get_yaxis_transform(), ha="right", va="center", fontsize=7.6
        )


def caption(table: pd.DataFrame, *, unit: str = "troops per year") -> str:
    """Return the caption: first and last rung, and the step that moved the effect most."""
    require(table, _COLUMNS, "bridge")
    rungs = table
    kinds = listed([interval_name(kind) for kind in rungs["interval"].drop_duplicates()])
    first, last = (rungs[rungs["id"] == table["id"].iloc[k]].iloc[0] for k in (0, -1))
    text = [
        f"From the published estimate to the joint one in {count(len(rungs), 'rung')}: "
        f"headline effect H in {unit}, {kinds}.",
        f"First: {_said(first)}; last: {_said(last)}.",
    ]
    if rungs["moved"].notna().any():
        most = rungs.loc[rungs["moved"].abs().idxmax()]
        direction = "raises" if most["moved"] > 0 else "lowers"
        places = digits(most["lower"], most["upper"])
        text.append(
            f"The largest step, {most['label']}, {direction} H by {decimal(abs(most['moved']), places)}."
        )
    return " ".join(text)


def _said(rung: pd.Series) -> str:
    return f"{rung['label']} {estimate(rung['headline'], rung['lower'], rung['upper'])}"
