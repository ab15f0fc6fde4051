"""Effects by operation and pooled, and the prior and posterior of their spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import gaussian_kde

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import DARK, LIGHT, WARM, WIDTH, fitted, is_narrow, require, styled, width
from figures.words import count, estimate, interval_name

ALT = "Forest plot: the effect of potential in each operation and pooled, with intervals."
ALT_OF_SPREAD = "Beside it the prior and posterior density of the spread between operations."

_COLUMNS = ["label", "median", "lower", "upper", "pooled"]
_GRID = 400


def _densities(prior, posterior) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draws = [np.asarray(d, float).ravel() for d in (prior, posterior)]
    if any((d < 0).any() or not np.isfinite(d).all() for d in draws):
        raise ValueError("effects: draws of a spread must be finite and not negative")
    grid = np.linspace(0, max(np.quantile(d, 0.995) for d in draws) * 1.05, _GRID)
    out = []
    for d in draws:
        density = 2 * gaussian_kde(np.concatenate([d, -d]))(grid)
        out.append(density / np.trapezoid(density, grid))
    return grid, out[0], out[1]


@styled
def effects(
    table: pd.DataFrame,
    interval: str = "eti_95",
    *,
    label: str = "Effect of unrealized potential",
    prior: np.ndarray | None = None,
    posterior: np.ndarray | None = None,
    overlap: float | None = None,
) -> Figure:
    """Draw the forest, and beside it the spread's prior and posterior where both are given.

    Parameters
    ----------
    table : DataFrame
        ``label`` (operation), ``median``, ``lower``, ``upper``, ``pooled`` (bool: the mean over operations);
        optionally ``lower_50``, ``upper_50``, drawn thick.
    interval : str
        Kind and level of the bounds.
    label : str
        What the axis measures, with its unit.
    prior, posterior : ndarray, shape (draw,), optional
        Draws of the spread between operations; positive, and reflected at zero before smoothing, so that none is
        smoothed below it.
    overlap : float, optional
        Area under the smaller of both densities.
    """
    require(table, _COLUMNS, "effects")
    beside = prior is not None and posterior is not None
    height = max(2.3, 1.1 + 0.32 * len(table))
    below = beside and is_narrow()
    figure = Figure(figsize=(width(WIDTH if beside else 5.6), height + 2.2 * below))
    if below:
        axes, right = figure.subplots(2, 1, height_ratios=[height, 2.2])
    elif beside:
        axes, right = figure.subplots(1, 2, width_ratios=[1.7, 1])
    else:
        axes, right = figure.subplots(), None
    table = table.sort_values("pooled", kind="stable")
    heights = rows(axes, table["label"].tolist())
    for mask, color, marker in [
        (~table["pooled"].astype(bool), DARK, "o"),
        (table["pooled"].astype(bool), WARM, "D"),
    ]:
        part, at = table[mask], heights[mask.to_numpy()]
        if {"lower_50", "upper_50"} <= set(table.columns):
            axes.hlines(at, part["lower_50"], part["upper_50"], color=color, lw=4.5)
        if len(part):
            dots(axes, part["median"], part["lower"], part["upper"], at, color=color, marker=marker, size=42)
    thick = "thick: 50 %, thin: " if "lower_50" in table.columns else "line: "
    axes.set_xlabel(fitted(f"{label}\n({thick}{interval_name(interval)})"))
    plain_ticks(axes)
    zero_line(axes)
    if right is not None:
        grid, p, q = _densities(prior, posterior)
        right.fill_between(grid, p, color=LIGHT, alpha=0.5, lw=0)
        right.plot(grid, p, color=LIGHT, lw=1.5, ls="--", label="prior")
        right.plot(grid, q, color=DARK, lw=1.8, label="posterior")
        right.set_ylim(0, 1.35 * max(p.max(), q.max()))
        right.set_xlim(0, grid[-1])
        right.set_yticks([])
        right.spines["left"].set_visible(False)
        right.set_xlabel("Spread between operations")
        title = None if overlap is None else f"overlap {overlap:.2f}"
        right.legend(loc="upper right", ncols=2, title=title)
        plain_ticks(right)
    return figure


def caption(
    table: pd.DataFrame,
    interval: str = "eti_95",
    *,
    overlap: float | None = None,
    verdict: str = "",
) -> str:
    """Return the caption: every estimate, and how far the spread's posterior is its prior.

    Parameters
    ----------
    table, interval
        As for `effects`.
    overlap : float, optional
        As for `effects`.
    verdict : str
        What that says of where the knowledge of the spread comes from, such as "mostly the prior".
    """
    require(table, _COLUMNS, "effects")
    said = [f"{r.label} {estimate(r.median, r.lower, r.upper)}" for r in table.itertuples()]
    operations = int((~table["pooled"].astype(bool)).sum())
    text = [f"{count(operations, 'operation').capitalize()}, {interval_name(interval)}: {'; '.join(said)}."]
    if overlap is not None:
        text.append(
            f"Prior and posterior of the spread between operations overlap by {overlap:.2f}: "
            f"what is known of it is {verdict}."
        )
    return " ".join(text)
