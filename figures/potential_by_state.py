"""Unrealized alliance potential of the contributing states (Gannon & Kent 2021, Figure 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import GRID, MARKERS, PALETTE, fitted, is_narrow, require, styled, width
from figures.words import count, estimate, interval_name, listed, number

ALT = "Dot plot: each contributing state's unrealized alliance potential with its interval, highest on top."

_TWO_COLUMNS_ABOVE = 64


@styled
def potential_by_state(
    table: pd.DataFrame, interval: str = "eti_95", *, label: str = "Unrealized alliance potential"
) -> Figure:
    """Draw one row a state, ordered by potential, with one dot and interval an operation.

    Parameters
    ----------
    table : DataFrame
        ``state``, ``median``, ``lower``, ``upper`` (in units of the potential; NaN bounds draw a
        bare dot) and optionally ``operation`` (at most four) and ``declared`` (bool: nothing measured the
        depth behind it; drawn hollow, without a line); one row a state and operation.
    interval : str
        Kind and level of the bounds: ``eti_95``, ``hdi_95``, ``range`` (over the years).
    label : str
        What the horizontal axis measures.
    """
    require(table, ["state", "median", "lower", "upper"], "potential_by_state")
    table = _known(table)
    order = _order(table)
    operations = _operations(table)
    columns = 2 if len(order) > _TWO_COLUMNS_ABOVE and not is_narrow() else 1
    per_column = int(np.ceil(len(order) / columns))
    step = 0.19 if len(operations) < 3 else 0.26
    figure = Figure(figsize=(width(), 1.2 + step * per_column))
    axes = np.atleast_1d(figure.subplots(1, columns, sharex=True))
    for column, ax in enumerate(axes):
        states = order[column * per_column : (column + 1) * per_column]
        heights = pd.Series(rows(ax, states), index=states)
        # Columns of a split figure keep the same row height although the last may be shorter.
        ax.set_ylim(per_column - 0.4, -0.6)
        for height in heights[::2]:
            ax.axhspan(height - 0.5, height + 0.5, color=GRID, alpha=0.35, lw=0, zorder=0)
        ax.tick_params(axis="y", labelsize=7.8)
        for place, operation in enumerate(operations):
            part = table if operation is None else table[table["operation"] == operation]
            part = part[part["state"].isin(states)]
            shift = (place - (len(operations) - 1) / 2) * 0.56 / max(len(operations) - 1, 1)
            for hollow, some in part.groupby("declared"):
                dots(
                    ax,
                    some["median"],
                    some["lower"].where(~some["declared"]),
                    some["upper"].where(~some["declared"]),
                    heights.loc[some["state"]].to_numpy() + shift,
                    color=PALETTE[place],
                    marker=MARKERS[place],
                    size=20 if len(operations) == 1 else 15,
                    hollow=bool(hollow),
                )
            dots(ax, [], [], [], [], color=PALETTE[place], marker=MARKERS[place], label=operation)
        ax.set_xlabel(label)
    edges = table[["lower", "upper", "median"]].to_numpy(float)
    low, high = np.nanmin(edges), np.nanmax(edges)
    margin = 0.04 * (high - low) or 0.1
    for ax in axes:
        ax.set_xlim(low - margin, high + margin)
        plain_ticks(ax)
        zero_line(ax)
    kind = f"Dot: median; line: {interval_name(interval)}"
    if table["declared"].any():
        kind += "; hollow: no treaty, depth declared and not measured"
    figure.suptitle(fitted(kind), x=0.01, ha="left", fontsize=8.5, fontweight="normal")
    if operations != [None]:
        handles, names = axes[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=len(operations))
    return figure


def caption(table: pd.DataFrame, interval: str = "eti_95") -> str:
    """Return the caption: who has most and least, and how many intervals lie wholly above or below zero."""
    require(table, ["state", "median", "lower", "upper"], "potential_by_state")
    given, table = table, _known(table)
    operations = _operations(table)
    text = [f"Unrealized alliance potential of {count(len(_order(table)), 'contributing state')}."]
    for operation in operations:
        part = table if operation is None else table[table["operation"] == operation]
        top, bottom = part.loc[part["median"].idxmax()], part.loc[part["median"].idxmin()]
        part = part[~part["declared"]]
        known = int(part[["lower", "upper"]].notna().all(axis=1).sum())
        above, below = int((part["lower"] > 0).sum()), int((part["upper"] < 0).sum())
        highest = "Highest" if operation is None else f"{operation}: highest"
        ends = [f"{highest} {_point(top)}"] + ([f"lowest {_point(bottom)}"] if len(part) > 1 else [])
        text.append(
            f"{listed(ends)}; of {count(known, 'interval')}, {above} wholly above zero "
            f"and {below} wholly below."
        )
    text.append(f"Dots are medians, lines the {interval_name(interval)}.")
    declared = table.loc[table["declared"], "state"].nunique()
    if declared:
        text.append(
            f"Hollow dots: {count(declared, 'state')} without a treaty in an operation; their depth is declared, not "
            "measured, and no interval can say how far it is off."
        )
    missing = given["state"].nunique() - table["state"].nunique()
    if missing:
        text.append(f"Not shown: {count(missing, 'state')} without a known potential.")
    return " ".join(text)


def _point(row: pd.Series) -> str:
    if row["declared"] or not np.isfinite([row["lower"], row["upper"]]).all():
        return f"{row['state']} ({number(row['median'], 2)}{', no treaty' if row['declared'] else ''})"
    return f"{row['state']}: {estimate(row['median'], row['lower'], row['upper'])}"


def _known(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[np.isfinite(table["median"].astype(float))]
    if kept.empty:
        raise ValueError("potential_by_state: no state has a known potential")
    return kept.assign(declared=kept["declared"].astype(bool) if "declared" in kept.columns else False)


def _order(table: pd.DataFrame) -> list[str]:
    means = table.groupby("state")["median"].mean().reset_index()
    return means.sort_values(["median", "state"], ascending=[False, True])["state"].tolist()


def _operations(table: pd.DataFrame) -> list[str | None]:
    if "operation" not in table.columns:
        return [None]
    found = table["operation"].drop_duplicates().tolist()
    if len(found) > len(PALETTE):
        most = len(PALETTE)
        raise ValueError(f"potential_by_state: {len(found)} operations; at most {most} can be told apart")
    return found
