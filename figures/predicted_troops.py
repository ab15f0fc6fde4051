"""Predicted troops against a change in unrealized potential (Gannon & Kent 2021, Figure 3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import plain_ticks, zero_line
from figures.style import DARK, MUTED, PALE, WIDTH, is_narrow, require, styled, width
from figures.words import estimate, interval_name, number, signed

ALT = "Line chart: predicted troops a year against the change in unrealized alliance potential, by model."

_COLUMNS = ["label", "change", "troops", "lower", "upper"]


@styled
def predicted_troops(
    curves: pd.DataFrame,
    interval: str = "eti_95",
    *,
    armed_forces: float | None = None,
    ylabel: str = "Predicted troops per year",
) -> Figure:
    """Draw one panel a model, on common axes, the other models' lines in grey behind it.

    Parameters
    ----------
    curves : DataFrame
        ``label`` (the model), ``change`` (in units of the potential, 0 is the reference), ``troops``,
        ``lower``, ``upper`` (persons a year); optionally ``interval`` where models differ in its kind.
    interval : str
        Kind and level of the bounds where the table has no such column.
    armed_forces : float, optional
        Size of the armed forces, in persons, for which the prediction is made; named on the axis.
    ylabel : str
        What the vertical axis measures.
    """
    require(curves, _COLUMNS, "predicted_troops")
    labels = curves["label"].drop_duplicates().tolist()
    columns = 1 if is_narrow() else min(3, len(labels)) if len(labels) != 4 else 2
    lines = int(np.ceil(len(labels) / columns))
    figure = Figure(
        figsize=(width(WIDTH if columns > 1 else 5.2), 0.55 + (2.75 if columns < 3 else 2.45) * lines)
    )
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for ax, label in zip(grid.flat, labels, strict=False):
        for other in labels:
            part = curves[curves["label"] == other].sort_values("change")
            if other != label:
                ax.plot(part["change"], part["troops"], color=PALE, lw=1, zorder=1)
                continue
            ax.fill_between(
                part["change"], part["lower"], part["upper"], color=DARK, alpha=0.18, lw=0, zorder=2
            )
            for bound in ("lower", "upper"):
                ax.plot(part["change"], part[bound], color=DARK, lw=0.6, alpha=0.6, zorder=2)
            ax.plot(part["change"], part["troops"], color=DARK, lw=1.9, zorder=3)
        ax.set_title(_wrap(label), fontsize=8.8)
        ax.grid(axis="y")
        ax.text(
            0.03,
            0.97,
            f"band: {_kind(curves, label, interval)}",
            transform=ax.transAxes,
            va="top",
            fontsize=7.2,
            color=MUTED,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    for ax in list(grid.flat)[len(labels) :]:
        ax.set_visible(False)
    first = grid.flat[0]
    low, high = first.get_ylim()
    first.set_ylim(low, high + 0.14 * (high - low))
    for ax in list(grid.flat)[: len(labels)]:
        zero_line(ax, "y")
        ax.axvline(0, color=MUTED, lw=0.7, ls=":", zorder=1)
        plain_ticks(ax, "x")
        plain_ticks(ax, "y")
        ax.xaxis.set_tick_params(labelbottom=True)
    figure.supxlabel("Change in unrealized alliance potential", fontsize=9)
    of_whom = f"\n(armed forces of {number(armed_forces, 6)})" if armed_forces else ""
    figure.supylabel(ylabel + of_whom, fontsize=9, ha="center")
    return figure


def caption(curves: pd.DataFrame, interval: str = "eti_95", *, armed_forces: float | None = None) -> str:
    """Return the caption: for each model the prediction at the two ends and at no change, with intervals."""
    require(curves, _COLUMNS, "predicted_troops")
    of_whom = f" by a state with armed forces of {number(armed_forces, 6)}" if armed_forces else ""
    text = [f"Predicted troops per year{of_whom} as unrealized alliance potential changes, all else held."]
    labels = curves["label"].drop_duplicates().tolist()
    for label in labels:
        part = curves[curves["label"] == label].sort_values("change")
        ends = [part.iloc[0], part.iloc[-1]]
        said = [
            f"{estimate(row['troops'], row['lower'], row['upper'])} at {signed(row['change'], 2)}"
            for row in ends
        ]
        kind = _kind(curves, label, interval)
        text.append(f"{label}: {' and '.join(said)}; brackets and band are the {kind}.")
    if len(labels) > 1:
        text.append("Grey lines repeat the other models.")
    return " ".join(text)


def _kind(curves: pd.DataFrame, label: str, interval: str) -> str:
    if "interval" not in curves.columns:
        return interval_name(interval)
    kinds = curves.loc[curves["label"] == label, "interval"].drop_duplicates().tolist()
    if len(kinds) != 1:
        raise ValueError(f"predicted_troops: {label!r} mixes intervals {kinds}; one kind a curve is expected")
    return interval_name(kinds[0])


def _wrap(label: str, width: int = 30) -> str:
    lines, line = [], ""
    for word in label.split():
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])
