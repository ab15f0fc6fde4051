"""Rank by troops sent against rank by share of the armed forces sent (Gannon & Kent 2021, Figure 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.style import DARK, GRID, MUTED, PALE, WARM, fitted, is_narrow, require, styled, width
from figures.words import between, count, interval_name, listed, number, signed

ALT = (
    "Slope chart: states ranked by troops sent on the left and by share of their armed forces sent "
    "on the right, with bars for the change in rank."
)


def ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the states with both ranks, in the order of the right-hand column.

    Parameters
    ----------
    table : DataFrame
        ``state``, ``troops`` (persons) and ``share`` (0-1), one row a state; optionally
        ``rank_lower`` and ``rank_upper``, an interval of the rank by share.

    Returns
    -------
    DataFrame
        The columns given, with ``rank_troops`` and ``rank_share`` (1 is highest; ties share the
        smaller rank), ``change`` (places gained from left to right), and ``left`` and ``right``
        (positions without ties). States that sent nobody or whose share is not finite are left out.
    """
    require(table, ["state", "troops", "share"], "rank_change")
    if table["state"].duplicated().any():
        twice = table.loc[table["state"].duplicated(), "state"].iloc[0]
        raise ValueError(f"rank_change: {twice!r} has several rows; one row a state is expected")
    kept = table[np.isfinite(table["share"].astype(float)) & (table["troops"] > 0)].copy()
    if kept.empty:
        raise ValueError("rank_change: no state has both troops and a finite share")
    kept["rank_troops"] = kept["troops"].rank(ascending=False, method="min").astype(int)
    kept["rank_share"] = kept["share"].rank(ascending=False, method="min").astype(int)
    kept["change"] = kept["rank_troops"] - kept["rank_share"]
    kept = kept.sort_values(["rank_troops", "rank_share", "state"])
    kept["left"] = np.arange(1, len(kept) + 1)
    kept = kept.sort_values(["rank_share", "rank_troops", "state"])
    kept["right"] = np.arange(1, len(kept) + 1)
    return kept.reset_index(drop=True)


@styled
def rank_change(table: pd.DataFrame) -> Figure:
    """Draw the slope chart; see :func:`ranks` for the columns of ``table``.

    Where the table carries ``rank_lower`` and ``rank_upper``, a thin bar shows how well the
    rank by share is known.
    """
    ranked = ranks(table)
    states = len(ranked)
    figure = Figure(figsize=(width(), 1.5 + 0.172 * states))
    # A telephone has room for the names on both sides; what each gains is the height between its ends.
    slope, bars = (figure.subplots(), None) if is_narrow() else figure.subplots(1, 2, width_ratios=[3, 1])
    for row in ranked.itertuples():
        color, line = _look(row.change)
        slope.plot(
            [0, 1], [row.left, row.right], color=color, ls=line, lw=1.3, zorder=2, solid_capstyle="round"
        )
    # All at once: two hundred collections take seconds to draw.
    colors = [_look(change)[0] for change in ranked["change"]]
    ends = ranked[["left", "right"]].to_numpy()
    slope.scatter(np.tile([0, 1], states), ends.ravel(), s=11, color=np.repeat(colors, 2), zorder=3)
    if {"rank_lower", "rank_upper"} <= set(ranked.columns):
        slope.vlines(np.full(states, 1.035), ranked["rank_lower"], ranked["rank_upper"], color=MUTED, lw=1.1)

    ordered = ranked.sort_values("left")
    slope.set_yticks(ordered["left"], _names(ordered["state"], ordered["rank_troops"]))
    right = slope.twinx()
    right.set_yticks(ranked["right"], _names(ranked["state"], ranked["rank_share"], before=True))
    for axes in filter(None, (slope, right, bars)):
        axes.set_ylim(states + 0.8, 0.2)
        axes.tick_params(axis="both", length=0)
        axes.spines[:].set_visible(False)
    letters = 7 if is_narrow() else 7.6
    slope.tick_params(axis="y", labelsize=letters)
    right.tick_params(axis="y", labelsize=letters, pad=2 if is_narrow() else 7)
    slope.set_xticks([])
    slope.set_xlim(-0.03, 1.06)
    for place, side, title in [(-0.02, "right", "Rank by troops sent"), (1.03, "left", "Rank by share sent")]:
        slope.text(
            place, 1.0, fitted(title, 14), transform=slope.transAxes, ha=side, va="bottom", fontweight="bold"
        )

    if bars is not None:
        _gains(bars, ranked)
    figure.legend(handles=_legend(), loc="outside lower center", ncols=1 if is_narrow() else 3, fontsize=8)
    return figure


def _gains(bars: Axes, ranked: pd.DataFrame) -> None:
    """Draw how many places each state gains from left to right."""
    states = len(ranked)
    bars.barh(ranked["right"], ranked["change"], height=0.62, color=[_look(c)[0] for c in ranked["change"]])
    bars.axvline(0, color=MUTED, lw=0.8)
    reach = max(1, int(ranked["change"].abs().max()))
    bars.set_xlim(-1.45 * reach, 1.45 * reach)
    for row in ranked.itertuples():
        side = 1 if row.change >= 0 else -1
        places = signed(row.change)
        bars.text(
            row.change + side * 0.06 * reach,
            row.right,
            places,
            va="center",
            ha="left" if side > 0 else "right",
            fontsize=7.2,
            color=MUTED,
        )
    bars.set_yticks([])
    bars.set_xticks([])
    bars.axhspan(0.2, states + 0.8, color=GRID, alpha=0.25, zorder=0, lw=0)
    bars.text(
        0.5, 1.0, "Places gained", transform=bars.transAxes, ha="center", va="bottom", fontweight="bold"
    )


def caption(table: pd.DataFrame, interval: str = "eti_95") -> str:
    """Return the caption: how many states rise and fall, who moves most, and the spread of the changes."""
    ranked = ranks(table)
    rising, falling = int((ranked["change"] > 0).sum()), int((ranked["change"] < 0).sum())
    lead = (
        f"Rank by troops sent (left) against rank by share of the armed forces sent (right), "
        f"{count(len(ranked), 'contributing state')}."
    )
    moved = (
        f"{count(rising, 'state').capitalize()} {_stand(rising)} higher by share than by troops, "
        f"{count(falling, 'state')} lower."
    )
    text = [lead, moved]
    up, down = ranked.loc[ranked["change"].idxmax()], ranked.loc[ranked["change"].idxmin()]
    moves = []
    if up["change"] > 0:
        moves.append(f"{up['state']} gains most ({up['rank_troops']} to {up['rank_share']})")
    if down["change"] < 0:
        moves.append(f"{down['state']} loses most ({down['rank_troops']} to {down['rank_share']})")
    if moves:
        text.append(f"{listed(moves)}.")
    if len(ranked) > 1:
        text.append(f"The standard deviation of the change is {number(ranked['change'].std(), 3)} places.")
    if {"rank_lower", "rank_upper"} <= set(ranked.columns):
        widest = ranked.loc[(ranked["rank_upper"] - ranked["rank_lower"]).idxmax()]
        text.append(
            f"Grey bars are the {interval_name(interval)} of the rank by share; the widest is "
            f"{widest['state']}'s ({between(widest['rank_lower'], widest['rank_upper'])})."
        )
    left_out = len(table) - len(ranked)
    if left_out:
        text.append(f"Not shown: {count(left_out, 'state')} without troops or without a known share.")
    return " ".join(text)


def _stand(how_many: int) -> str:
    return "stands" if how_many <= 1 else "stand"


def _look(change: int) -> tuple[str, str | tuple[int, tuple[float, float]]]:
    if change == 0:
        return PALE, "-"
    return (WARM, "-") if change > 0 else (DARK, (0, (4, 1.4)))


def _names(states: pd.Series, rank: pd.Series, before: bool = False) -> list[str]:
    tied = rank.duplicated(keep=False)
    if is_narrow():
        states = states.str.replace(" and ", " & ")
    marks = [f"{r}=" if t else f"{r}" for r, t in zip(rank, tied, strict=True)]
    pairs = zip(states, marks, strict=True)
    return [f"{mark}  {state}" if before else f"{state}  {mark}" for state, mark in pairs]


def _legend() -> list[Line2D]:
    kinds = [("higher by share than by troops", 1), ("lower by share than by troops", -1), ("same rank", 0)]
    looks = [(text, *_look(sign)) for text, sign in kinds]
    return [Line2D([], [], color=color, ls=line, lw=1.8, label=text) for text, color, line in looks]
