"""The headline effect with one treaty (or state) left out at a time."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from figures.axes import dots, plain_ticks, rows, zero_line
from figures.style import DARK, MUTED, WARM, require, styled, width
from figures.words import count, decimal, digits, estimate, interval_name, listed

ALT = "Forest plot: the headline effect without each treaty in turn, beside the effect with all of them."

_COLUMNS = ["left_out", "headline", "lower", "upper"]


def _split(table: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    require(table, _COLUMNS, "leave_one_out")
    whole = table["left_out"].isna() | (table["left_out"] == "")
    if whole.sum() != 1:
        raise ValueError(
            f"leave_one_out: {int(whole.sum())} rows have nothing left out; exactly one, the full fit, is due"
        )
    return table[whole].iloc[0], table[~whole].sort_values(["headline", "left_out"], ascending=[False, True])


def _passed(part: pd.DataFrame) -> pd.Series:
    """Whether each fit passed its diagnostics; those of which nothing is said did."""
    return part["passed"].astype(bool) if "passed" in part.columns else pd.Series(True, index=part.index)


def _names(part: pd.DataFrame) -> list[str]:
    """What each fit is called: its label, or what it leaves out."""
    names = [f"without {name}" for name in part["left_out"]]
    if "label" in part.columns:
        names = [label or name for label, name in zip(part["label"].fillna(""), names, strict=True)]
    return names


@styled
def leave_one_out(
    table: pd.DataFrame, interval: str = "eti_95", *, unit: str = "troops per year", what: str = "treaty"
) -> Figure:
    """Draw one row for each left-out treaty, and a band for the full fit.

    Parameters
    ----------
    table : DataFrame
        ``left_out`` (empty or NaN for the full fit, which must be there once), ``headline``, ``lower``,
        ``upper``; optionally ``states``, how many states the treaty covers, written beside its name, and
        ``label``, what stands for "without ..." where it is not empty (a control added, nothing left out), and
        ``passed``, whether the fit passed its diagnostics: the others are drawn in grey and named.
    interval : str
        Kind and level of the bounds and of the band.
    unit, what : str
        Unit of the effect; what is left out.
    """
    full, part = _split(table)
    figure = Figure(figsize=(width(6.4), 1.4 + 0.24 * (len(part) + 1)))
    axes = figure.subplots()
    axes.axvspan(full["lower"], full["upper"], color=WARM, alpha=0.13, lw=0, zorder=0)
    axes.axvline(full["headline"], color=WARM, lw=1, ls="--", zorder=1)
    names = _names(part)
    if "states" in table.columns:
        pairs = zip(names, part["states"], strict=True)
        names = [f"{name} ({count(int(n), 'state')})" if pd.notna(n) else name for name, n in pairs]
    trusted = _passed(part)
    names = [
        name if fine else f"{name}, diagnostics failed" for name, fine in zip(names, trusted, strict=True)
    ]
    many = {"treaty": "treaties"}.get(what, f"{what}s")
    heights = rows(axes, [f"all {many}", *names])
    dots(
        axes,
        [full["headline"]],
        [full["lower"]],
        [full["upper"]],
        heights[:1],
        color=WARM,
        marker="D",
        size=36,
    )
    for fine, color in ((True, DARK), (False, MUTED)):
        some = part[trusted == fine]
        at = heights[1:][(trusted == fine).to_numpy()]
        dots(axes, some["headline"], some["lower"], some["upper"], at, color=color, size=28)
    axes.set_xlabel(f"Headline effect H, {unit}\n(line and band: {interval_name(interval)})")
    axes.tick_params(axis="y", labelsize=8, labelcolor=MUTED)
    axes.get_yticklabels()[0].set_color(WARM)
    plain_ticks(axes)
    zero_line(axes)
    return figure


def caption(
    table: pd.DataFrame, interval: str = "eti_95", *, unit: str = "troops per year", what: str = "treaty"
) -> str:
    """Return the caption: the full fit, the range without each, and the one that matters most."""
    full, part = _split(table)
    wrong = _names(part[~_passed(part)])
    text = [
        f"Headline effect H in {unit}, {interval_name(interval)}: "
        f"{estimate(full['headline'], full['lower'], full['upper'])} with every {what}."
    ]
    if len(part):
        added = part["label"].fillna("") != "" if "label" in part.columns else part["headline"].isna()
        for row in part[added].itertuples():
            label = str(row.label)
            text.append(f"{label[0].upper()}{label[1:]}: {estimate(row.headline, row.lower, row.upper)}.")
        part = part[~added]
    if len(part):
        most = part.loc[(part["headline"] - full["headline"]).abs().idxmax()]
        places = digits(full["lower"], full["upper"])
        low, high = (decimal(end, places) for end in (part["headline"].min(), part["headline"].max()))
        text.append(
            f"Left out one at a time, {low} to {high}; it moves most without {most['left_out']}: "
            f"{estimate(most['headline'], most['lower'], most['upper'])}."
        )
    if wrong:
        text.append(f"Diagnostics failed, in grey: {listed(wrong)}.")
    return " ".join(text)
