"""Predicted probabilities at chosen values of one predictor (Henke 2017, Figure 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from figures.style import GRID, LINES, MARKERS, PALETTE, require, styled
from figures.words import between, interval_name, number, plain

_COLUMNS = ["outcome", "value", "probability", "lower", "upper"]


def _outcomes(table: pd.DataFrame) -> list[str]:
    require(table, _COLUMNS, "substantive_effects")
    found = table["outcome"].drop_duplicates().tolist()
    if len(found) > len(PALETTE):
        raise ValueError(
            f"substantive_effects: {len(found)} outcomes; at most {len(PALETTE)} can be told apart"
        )
    return found


@styled
def substantive_effects(table: pd.DataFrame, predictor: str, interval: str = "eti_95") -> Figure:
    """Draw predicted probabilities against the predictor, one series an outcome.

    Parameters
    ----------
    table : DataFrame
        ``outcome``, ``value`` (of the predictor), ``probability``, ``lower``, ``upper`` (0-1; NaN bounds
        draw a bare point) and optionally ``position`` (what the value is, such as "mean + 1 SD").
    predictor : str
        Name and unit of the predictor, for the axis.
    interval : str
        Kind and level of the bounds.
    """
    outcomes = _outcomes(table)
    figure = Figure(figsize=(5.6, 3.5))
    axes = figure.subplots()
    values = np.sort(table["value"].unique().astype(float))
    gap = np.diff(values).min() if len(values) > 1 else 1.0
    for place, outcome in enumerate(outcomes):
        part = table[table["outcome"] == outcome].sort_values("value")
        at = part["value"].to_numpy(float) + (place - (len(outcomes) - 1) / 2) * 0.07 * gap
        color = PALETTE[place]
        known = part[["lower", "upper"]].notna().all(axis=1).to_numpy()
        axes.vlines(at[known], part["lower"][known], part["upper"][known], color=color, lw=1.6)
        # Filled for the first series, hollow after: the difference survives any printer.
        axes.plot(
            at, part["probability"], ls=LINES[place], lw=0.9, color=color, marker=MARKERS[place], ms=7,
            mfc=color if place == 0 else "white", mew=1.5, label=outcome,
        )  # fmt: skip
    labels = [plain(value) for value in values]
    if "position" in table.columns:
        named = table.drop_duplicates("value").set_index("value")["position"]
        labels = [f"{label}\n{named[value]}" for value, label in zip(values, labels, strict=True)]
    axes.set_xticks(values, labels)
    axes.set_xlim(values[0] - 0.35 * gap, values[-1] + 0.35 * gap)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{plain(round(100 * share, 9))} %"))
    axes.set_ylabel("Predicted probability" + _kind(interval, "\n(line: {})"))
    axes.set_xlabel(predictor)
    axes.grid(axis="y", color=GRID)
    figure.legend(loc="outside upper left", ncols=1 if max(map(len, outcomes)) > 34 else len(outcomes))
    return figure


def caption(table: pd.DataFrame, predictor: str, interval: str = "eti_95") -> str:
    """Return the caption: for each outcome the probability at the lowest and the highest value."""
    outcomes = _outcomes(table)
    text = [f"Predicted probability by {predictor}{_kind(interval, '; vertical lines are the {}')}."]
    for outcome in outcomes:
        part = table[table["outcome"] == outcome].sort_values("value")
        ends = [part.iloc[0]] + ([part.iloc[-1]] if len(part) > 1 else [])
        said = [
            f"{number(row['probability'], 2)} at {plain(row['value'])}"
            + (f" ({between(row['lower'], row['upper'], 2)})" if pd.notna(row["lower"]) else "")
            for row in ends
        ]
        text.append(f"{outcome}: {' and '.join(said)}.")
    return " ".join(text)


def _kind(interval: str, words: str) -> str:
    return "" if interval == "none" else words.format(interval_name(interval))
