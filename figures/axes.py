"""Small helpers that several figures share: tick labels, zero lines, dots with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from figures.style import GRID, MUTED
from figures.words import number


def plain_ticks(axes: Axes, which: str = "x") -> None:
    """Write tick labels as plain numbers (10,000 and 0.001, never powers of ten)."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axis.set_minor_formatter(FuncFormatter(lambda *_: ""))


def _tick(value: float) -> str:
    # Ticks are round numbers: six digits show them fully, trailing zeros go.
    text = number(round(value, 12), 6)
    return text.rstrip("0").rstrip(".") if "." in text else text


def zero_line(axes: Axes, which: str = "x") -> None:
    """Mark zero where it lies inside the axis limits."""
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    if low <= 0 <= high:
        (axes.axvline if which == "x" else axes.axhline)(0, color=MUTED, lw=0.9, zorder=1)


def rows(axes: Axes, labels: pd.Series | list[str], *, first_on_top: bool = True) -> np.ndarray:
    """Lay out one horizontal row per label and return the rows' heights, shape (label,)."""
    heights = np.arange(len(labels), dtype=float)
    axes.set_yticks(heights, list(labels))
    axes.set_ylim((len(labels) - 0.4, -0.6) if first_on_top else (-0.6, len(labels) - 0.4))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID)
    return heights


def dots(
    axes: Axes,
    middle,
    lower,
    upper,
    heights,
    *,
    color: str,
    marker: str = "o",
    label: str | None = None,
    size: float = 22,
    width: float = 1.6,
) -> None:
    """Draw points with horizontal intervals; ``lower`` or ``upper`` may be missing (NaN) for a bare point.

    All four arrays have the same shape, in data units; ``size`` is in points squared, ``width`` in points.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    known = np.isfinite(lower) & np.isfinite(upper)
    heights = np.asarray(heights, float)
    axes.hlines(heights[known], lower[known], upper[known], color=color, lw=width, zorder=2)
    axes.scatter(
        middle,
        heights,
        s=size,
        color=color,
        marker=marker,
        zorder=3,
        label=label,
        edgecolor="white",
        linewidth=0.6,
    )
