"""The feedback check: each treaty's depth from its provisions alone, and in the joint model."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import BAND, DARK, LIGHT, MUTED, WARM, fitted, is_narrow, require, styled, width
from figures.words import count, estimate, interval_name, listed

ALT = "Dot plot: each treaty's depth under measurement alone and in the joint model, those that moved marked."

_COLUMNS = [
    "treaty", "alone", "alone_lower", "alone_upper", "joint", "joint_lower", "joint_upper", "moved",
]  # fmt: skip


@styled
def feedback(table: pd.DataFrame, interval: str = "eti_95") -> Figure:
    """Draw two points a treaty, joined by a line where the outcome moved its depth.

    Parameters
    ----------
    table : DataFrame
        ``treaty``, ``alone`` and ``joint`` (medians of depth), their bounds ``alone_lower``, ``alone_upper``,
        ``joint_lower``, ``joint_upper``, and ``moved`` (bool: by more than its own uncertainty). Optionally
        ``coder``, who coded the provisions, for the caption.
    interval : str
        Kind and level of the bounds.
    """
    require(table, _COLUMNS, "feedback")
    table = table.sort_values("alone", ascending=False)
    moved = table["moved"].astype(bool).to_numpy()
    figure = Figure(figsize=(width(), 1.3 + 0.3 * len(table)))
    axes = figure.subplots()
    heights = rows(axes, [fitted(str(treaty), 20) for treaty in table["treaty"]])
    axes.tick_params(axis="y", labelsize=8)
    for height in heights[moved]:
        axes.axhspan(height - 0.5, height + 0.5, color=WARM, alpha=BAND, lw=0, zorder=0)
    dots(
        axes, table["alone"], table["alone_lower"], table["alone_upper"], heights - 0.17,
        color=LIGHT, marker="s", label="measurement alone", size=30,
    )  # fmt: skip
    for mask, color, marker, label in [
        (~moved, DARK, "o", "joint"),
        (moved, WARM, "D", "joint, moved by more than its uncertainty"),
    ]:
        part = table[mask]
        if len(part):
            dots(
                axes, part["joint"], part["joint_lower"], part["joint_upper"], heights[mask] + 0.17,
                color=color, marker=marker, label=label, size=30,
            )  # fmt: skip
    for label, hit in zip(axes.get_yticklabels(), moved, strict=True):
        label.set_fontweight("bold" if hit else "normal")
        label.set_color(WARM if hit else MUTED)
    axes.set_xlabel(f"Depth (line: {interval_name(interval)})")
    plain_ticks(axes)
    zero_line(axes)
    figure.legend(loc="outside upper left", ncols=1 if is_narrow() else 3)
    return figure


def caption(table: pd.DataFrame, interval: str = "eti_95") -> str:
    """Return the caption: which treaties' depth the outcome moved, and the largest shift of all."""
    require(table, _COLUMNS, "feedback")
    moved = table[table["moved"].astype(bool)]
    text = [
        f"Depth of {count(len(table), 'treaty', 'treaties')} from their provisions alone and in the joint "
        f"model, {interval_name(interval)}."
    ]
    if "coder" in table:
        text.append(f"Provisions coded by {listed(list(dict.fromkeys(table['coder'])))}.")
    if len(moved):
        text.append(
            f"Moved by more than their own uncertainty: {listed([_said(r) for _, r in moved.iterrows()])}."
        )
    else:
        most = table.loc[(table["joint"] - table["alone"]).abs().idxmax()]
        text.append(f"None moved by more than its own uncertainty; the largest shift is {_said(most)}.")
    return " ".join(text)


def _said(row: pd.Series) -> str:
    ends = [
        estimate(row[which], row[f"{which}_lower"], row[f"{which}_upper"]) for which in ("alone", "joint")
    ]
    return f"{row['treaty']} from {ends[0]} to {ends[1]}"
