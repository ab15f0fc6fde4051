"""Small helpers that several figures share: tick labels, zero lines, dots with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator

from figures.style import GRID, INK, MUTED, is_narrow
from figures.words import number

#: Letters that a logarithmic axis over half a wide figure, or over a narrow one, has room for; and those between two.
_LETTERS, _GAP = 34, 2


def plain_ticks(axes: Axes, which: str = "x") -> None:
    """Write tick labels as plain numbers (10,000 and 0.001, never powers of ten)."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    if is_narrow() and which == "x" and axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(4))
    if axis.get_scale() == "log":
        low, high = sorted(axis.get_view_interval())
        if high < 150 * low:
            # Within a decade or two, 1-2-5 keeps at least two labels on the axis.
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        else:
            axis.set_major_locator(FixedLocator(_decades(low, high, _LETTERS if which == "x" else None)))


def _decades(low: float, high: float, letters: int | None) -> np.ndarray:
    """Powers of ten on an axis, each k-th where labels of all would run into one another: 0.0000001 is long."""
    powers = np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9) + 1)
    for step in range(1, len(powers) + 1):
        # Counted from the right end, whose labels are those of what is seen.
        ticks = 10.0 ** powers[::-1][::step][::-1]
        if letters is None or sum(len(_tick(tick)) + _GAP for tick in ticks) <= letters:
            break
    return ticks


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
    hollow: bool = False,
) -> None:
    """Draw points with horizontal intervals; ``lower`` or ``upper`` may be missing (NaN) for a bare point.

    All four arrays have the same shape, in data units; ``size`` is in points squared, ``width`` in points;
    ``hollow`` points are those that nothing measured.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    known = np.isfinite(lower) & np.isfinite(upper)
    heights = np.asarray(heights, float)
    axes.hlines(heights[known], lower[known], upper[known], color=color, lw=width, zorder=2)
    axes.scatter(
        middle,
        heights,
        s=size,
        color="white" if hollow else color,
        marker=marker,
        zorder=3,
        label=label,
        edgecolor=color if hollow else "white",
        linewidth=1.1 if hollow else 0.6,
    )


def cut_limits(middle, lower, upper) -> tuple[float, float]:
    """Return axis limits around points and zero that a single very wide interval cannot blow up.

    Intervals more than eight times as wide as the median one do not count; :func:`interval_row` cuts
    them and marks the cut. ``middle``, ``lower``, ``upper`` have shape (row,); missing bounds are NaN.
    """
    middle, lower, upper = (np.asarray(v, float) for v in (middle, lower, upper))
    lower, upper = np.where(np.isfinite(lower), lower, middle), np.where(np.isfinite(upper), upper, middle)
    width = upper - lower
    usual = width <= 8 * np.median(width[width > 0]) if (width > 0).any() else np.ones(len(width), bool)
    low = min(np.nanmin(middle), lower[usual].min(initial=0), 0)
    high = max(np.nanmax(middle), upper[usual].max(initial=0), 0)
    margin = 0.06 * (high - low) or 1.0
    return float(low - margin), float(high + margin)


def interval_row(
    axes: Axes, row, height: float, limits: tuple[float, float], color: str, marker: str
) -> None:
    """Draw one estimate (``row.headline, row.lower, row.upper``); an arrowhead marks a cut interval."""
    low, high = limits
    if np.isfinite([row.lower, row.upper]).all():
        axes.hlines(height, max(row.lower, low), min(row.upper, high), color=color, lw=2)
        inward = 0.012 * (high - low)
        if row.lower < low:
            axes.plot(low + inward, height, marker="<", color=color, ms=6)
        if row.upper > high:
            axes.plot(high - inward, height, marker=">", color=color, ms=6)
    axes.plot(row.headline, height, marker=marker, color=color, ms=6.2, mec=INK, mew=0.6, zorder=4)
