"""The specification curve: every estimate of a multiverse in order, and the choices behind each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import plain_ticks, zero_line
from figures.style import DARK, GRID, MUTED, PALE, WARM, WIDTH, require, styled
from figures.words import between, count, interval_name, number


def _sorted(table: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    require(table, ["headline", "lower", "upper", *choices], "specification_curve")
    return table.sort_values("headline", kind="stable").reset_index(drop=True)


@styled
def specification_curve(
    table: pd.DataFrame,
    choices: Sequence[str],
    interval: str = "eti_95",
    *,
    label: str = "Headline effect H, troops per year",
    preferred: str | None = None,
) -> Figure:
    """Draw the curve.

    Parameters
    ----------
    table : DataFrame
        One row a specification: ``headline``, ``lower``, ``upper`` and one column for each of ``choices``.
    choices : sequence of str
        Columns that hold what was chosen; a choice with one option only is not drawn.
    interval : str
        Kind and level of the bounds.
    label : str
        What the vertical axis measures.
    preferred : str, optional
        A bool column: specifications to bring out (the published one, the declared one).
    """
    table = _sorted(table, choices)
    shown = [choice for choice in choices if len(table[choice].dropna().unique()) > 1]
    options = [(c, o) for c in shown for o in sorted(table[c].dropna().unique(), key=str)]
    figure = Figure(figsize=(WIDTH, 2.7 + 0.19 * len(options) + 0.12 * len(shown)))
    heights = [2.5, max(0.6, 0.19 * len(options) + 0.12 * len(shown))]
    top, bottom = figure.subplots(2, 1, height_ratios=heights, sharex=True)
    at = np.arange(len(table))
    bright = table[preferred].astype(bool).to_numpy() if preferred else np.zeros(len(table), bool)
    clear = ((table["lower"] > 0) | (table["upper"] < 0)).to_numpy()
    thin = float(np.clip(260 / len(table), 0.4, 2.2))
    for mask, color in [(~clear & ~bright, PALE), (clear & ~bright, DARK), (bright, WARM)]:
        part = table[mask]
        top.vlines(
            at[mask], part["lower"], part["upper"], color=color, lw=thin * (1.6 if color == WARM else 1)
        )
        ink = MUTED if color == PALE else color
        top.scatter(at[mask], part["headline"], s=4 + 5 * thin, color=ink, zorder=3)
    top.set_ylabel(f"{label}\n(line: {interval_name(interval)})", fontsize=8.4)
    top.grid(axis="y", color=GRID)
    zero_line(top, "y")
    plain_ticks(top, "y")
    ticks, names, height = [], [], 0.0
    for choice in shown:
        for _, option in [pair for pair in options if pair[0] == choice]:
            chosen = (table[choice] == option).to_numpy()
            bottom.scatter(
                at[chosen], np.full(chosen.sum(), height), s=3 + 4 * thin, color=DARK, marker="s", lw=0
            )
            ticks.append(height)
            names.append(f"{choice.replace('_', ' ')}: {option}")
            height += 1
        height += 0.6
    bottom.set_yticks(ticks, names, fontsize=7.6)
    bottom.set_ylim(height - 0.6 + 0.2 if options else 1, -0.8)
    bottom.tick_params(axis="y", length=0)
    bottom.spines["left"].set_visible(False)
    bottom.set_xlim(-1, len(table))
    bottom.set_xlabel(f"{count(len(table), 'specification')}, by size of the effect")
    plain_ticks(bottom)
    return figure


def caption(
    table: pd.DataFrame, choices: Sequence[str], interval: str = "eti_95", *, preferred: str | None = None
) -> str:
    """Return the caption: the range and middle of the estimates, signs, and what moves them most."""
    table = _sorted(table, choices)
    effect = table["headline"]
    clear = int(((table["lower"] > 0) | (table["upper"] < 0)).sum())
    text = [
        f"{count(len(table), 'specification')}: {between(effect.min(), effect.max())}, median "
        f"{number(effect.median())}; {int((effect > 0).sum())} above zero; "
        f"{clear} with a {interval_name(interval)} wholly on one side of zero (dark).",
    ]
    spread = {}
    for choice in choices:
        medians = table.groupby(choice)["headline"].median()
        if len(medians) > 1:
            spread[choice] = (medians.max() - medians.min(), medians)
    if spread:
        most = max(spread, key=lambda c: spread[c][0])
        medians = spread[most][1]
        text.append(
            f"The choice of {most.replace('_', ' ')} moves the median most: from {number(medians.min())} "
            f"({medians.idxmin()}) to {number(medians.max())} ({medians.idxmax()})."
        )
    if preferred and table[preferred].any():
        first = table[table[preferred].astype(bool)].iloc[0]
        text.append(f"In orange: {number(first['headline'])} ({between(first['lower'], first['upper'])}).")
    return " ".join(text)
