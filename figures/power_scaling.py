"""Power-scaling sensitivity: how far each quantity gives way to the prior and to the likelihood."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import plain_ticks, rows
from figures.style import DARK, MUTED, WARM, require, styled
from figures.words import count, listed, number, plain

_COLUMNS = ["quantity", "prior", "likelihood", "says"]


def _bad(table: pd.DataFrame) -> np.ndarray:
    """Which rows rest on importance weights that cannot be trusted."""
    return ~table["reliable"].to_numpy(bool) if "reliable" in table else np.zeros(len(table), bool)


@styled
def power_scaling(table: pd.DataFrame, threshold: float) -> Figure:
    """Draw two points a quantity and the threshold above which it counts as sensitive.

    Parameters
    ----------
    table : DataFrame
        ``quantity`` (name), ``prior`` and ``likelihood`` (sensitivities, not negative), as in
        ``arviz_stats.psense_summary``; ``says`` (what the two say together). Optionally ``reliable`` (bool):
        those that are not are named so.
    threshold : float
        From which on a quantity counts as sensitive.
    """
    require(table, _COLUMNS, "power_scaling")
    table = table.sort_values("prior", ascending=False)
    names = [f"{q} (unreliable)" if bad else q for q, bad in zip(table["quantity"], _bad(table), strict=True)]
    figure = Figure(figsize=(6.6, 1.4 + 0.26 * len(table)))
    axes = figure.subplots()
    heights = rows(axes, names)
    axes.hlines(heights, table["prior"], table["likelihood"], color=MUTED, lw=0.7, zorder=1)
    axes.scatter(
        table["likelihood"],
        heights,
        s=30,
        marker="s",
        fc="white",
        ec=DARK,
        lw=1.4,
        label="likelihood",
        zorder=3,
    )
    axes.scatter(table["prior"], heights, s=34, marker="o", color=WARM, label="prior", zorder=4)
    axes.axvline(threshold, color=MUTED, lw=1, ls="--")
    largest = float(np.nanmax(table[["prior", "likelihood"]].to_numpy(float)))
    axes.set_xlim(0, max(1.08 * largest, 2.4 * threshold))
    axes.set_xlabel(f"Power-scaling sensitivity (dashed: {plain(threshold)}, above it sensitive)")
    axes.tick_params(axis="y", labelsize=8)
    plain_ticks(axes)
    figure.legend(loc="outside upper left", ncols=2)
    return figure


def caption(table: pd.DataFrame, threshold: float) -> str:
    """Return the caption: which quantities follow the prior, and where prior and data disagree."""
    require(table, _COLUMNS, "power_scaling")
    text = [f"Power-scaling sensitivity of {count(len(table), 'quantity', 'quantities')}."]
    if _bad(table).any():
        named = listed(table.loc[_bad(table), "quantity"].tolist())
        text.append(f"Unreliable, since few draws carry the weights (Pareto k too high): {named}.")
    table = table.loc[~_bad(table)]
    for kind in ("prior and data in conflict", "the data say little"):
        names = [
            f"{r.quantity} (prior {number(r.prior, 2)}, likelihood {number(r.likelihood, 2)})"
            for r in table.itertuples()
            if r.says == kind
        ]
        if names:
            text.append(f"{kind[0].upper()}{kind[1:]}: {listed(names)}.")
    if len(table) and table["says"].eq("not sensitive to the prior").all():
        which = "Of the others, none" if text[1:] else "None"
        text.append(f"{which} is sensitive to the prior (all below {plain(threshold)}).")
    return " ".join(text)
