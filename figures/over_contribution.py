"""Who sent more than the model expects, with recorded payments marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import DARK, GOLD, GRID, INK, LIGHT, WARM, fitted, is_narrow, require, styled, width
from figures.words import count, estimate, interval_name

ALT = "Dot plot: troops sent above or below what the model expects, by state; recorded payments are marked."

_COLUMNS = ["state", "median", "lower", "upper", "payment"]
_LOOKS = [(WARM, "s"), (GOLD, "D"), (LIGHT, "^"), (INK, "v")]


def _prepared(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[str, str]]]:
    require(table, _COLUMNS, "over_contribution")
    table = table.sort_values(["median", "state"], ascending=[False, True]).reset_index(drop=True)
    kinds = sorted(set(table["payment"].dropna().astype(str)) - {""})
    if len(kinds) > len(_LOOKS):
        raise ValueError(
            f"over_contribution: {len(kinds)} kinds of payment; at most {len(_LOOKS)} can be told apart"
        )
    return table, dict(zip(kinds, _LOOKS, strict=False))


@styled
def over_contribution(
    table: pd.DataFrame, interval: str = "eti_95", *, label: str = "Troops sent above what is expected"
) -> Figure:
    """Draw one row a state, most above expectation on top.

    Parameters
    ----------
    table : DataFrame
        ``state``, ``median``, ``lower``, ``upper`` (observed less expected, in the axis's unit) and
        ``payment`` (what is recorded, such as "deployment subsidy"; empty or NaN where nothing is recorded).
    interval : str
        Kind and level of the bounds.
    label : str
        What the axis measures, with its unit.
    """
    table, looks = _prepared(table)
    figure = Figure(figsize=(width(), 1.2 + 0.19 * len(table)))
    axes = figure.subplots()
    heights = rows(axes, table["state"].tolist())
    axes.tick_params(axis="y", labelsize=7.8)
    for height in heights[::2]:
        axes.axhspan(height - 0.5, height + 0.5, color=GRID, alpha=0.35, lw=0, zorder=0)
    paid = table["payment"].fillna("").astype(str)
    for kind, (color, marker) in [("", (DARK, "o")), *looks.items()]:
        part, at = table[paid == kind], heights[(paid == kind).to_numpy()]
        if len(part):
            dots(
                axes, part["median"], part["lower"], part["upper"], at, color=color, marker=marker,
                label=kind or "no payment recorded (unknown)", size=20 if kind == "" else 34,
            )  # fmt: skip
    axes.set_xlabel(fitted(f"{label} (line: {interval_name(interval)})"))
    plain_ticks(axes)
    zero_line(axes)
    figure.legend(loc="outside lower center", ncols=1 if is_narrow() else min(3, len(looks) + 1))
    return figure


def caption(table: pd.DataFrame, interval: str = "eti_95") -> str:
    """Return the caption: who exceeds expectation most, and how payments and excess go together."""
    table, looks = _prepared(table)
    above, below = table["lower"] > 0, table["upper"] < 0
    paid = table["payment"].fillna("").astype(str) != ""
    top = table.iloc[0]
    text = [
        f"Observed less expected contribution of {count(len(table), 'state')}, {interval_name(interval)}; "
        f"{int(above.sum())} wholly above zero, {int(below.sum())} wholly below.",
        f"Most above: {top['state']}, {estimate(top['median'], top['lower'], top['upper'])}.",
    ]
    if looks:
        text.append(
            f"Wholly above zero: {int((above & paid).sum())} of {count(int(paid.sum()), 'state')} with a "
            f"recorded payment, {int((above & ~paid).sum())} of {count(int((~paid).sum()), 'other')}."
        )
    else:
        text.append("No payment is recorded for any of them.")
    text.append("No record means unknown, not unpaid.")
    if np.isnan(table["lower"]).any():
        text.append("A dot without a line has no interval.")
    return " ".join(text)
