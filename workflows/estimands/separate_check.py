"""The check of each operation against a fit of its own: table, flags, and the stage of a run that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.common.text import read_csv
from figures.words import decimal, number, percent
from workflows.draws.summary import INTERVAL_KIND, middle_and_ends
from workflows.store.notices import Notice
from workflows.store.store import Stage

if TYPE_CHECKING:
    import xarray as xr

    from workflows.estimands.separate import Separate

TAIL = 0.025
#: Share of draws on one side of zero from which on a sign is called clear: where `INTERVAL_KIND` leaves zero out.
CLEAR = 1 - TAIL
KIND = "separate fits"
SIGNS, APART, ABSENT = "opposite signs", "disjoint intervals", "no mode found"
COLUMNS = (
    "operation",
    *(f"{which}{end}" for which in ("joint", "separate") for end in ("", "_lower", "_upper", "_sure")),
    "interval",
    "differs",
    "flagged",
    "rows",
    "states",
    "contributions",
)


def comparison_table(effect: xr.Dataset, fits: list[Separate]) -> pd.DataFrame:
    """Set each operation's effect in a joint posterior beside that of its own fit.

    Parameters
    ----------
    effect : Dataset
        With ``headline_operation`` (chain, draw, operation).
    fits : list of Separate

    Returns
    -------
    DataFrame
        One row an operation: medians ``joint`` and ``separate`` with bounds (`interval`), the share of draws on the
        side of zero where the most lie (``<name>_sure``); ``differs`` says in what, and ``flagged`` (bool) whether:
        medians of opposite sign, or disjoint intervals. Then rows, states, and rows that sent troops.
    """
    jointly = effect["headline_operation"]
    rows = []
    for fit in fits:
        values = jointly.sel(operation=fit.operation).values.ravel()
        joint, alone = _summary(values), _summary(fit.headline)
        differs = [ABSENT] if not np.isfinite(alone).all() else []
        differs += [SIGNS] * (joint[0] * alone[0] < 0)
        differs += [APART] * (joint[1] > alone[2] or joint[2] < alone[1])
        flagged = bool(differs) and differs != [ABSENT]
        counts = fit.rows, fit.states, fit.contributions
        rows.append((fit.operation, *joint, *alone, INTERVAL_KIND, ", ".join(differs), flagged, *counts))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _summary(draws: np.ndarray) -> tuple[float, float, float, float]:
    if not np.isfinite(draws).all():
        return (np.nan,) * 4
    lower, median, upper = middle_and_ends(draws)
    above = float((draws > 0).mean())
    return float(median), float(lower), float(upper), max(above, 1 - above)


def notices(table: pd.DataFrame, unit: str, why: str = "") -> list[Notice]:
    """Return one notice for each flagged operation, and for each that could not be compared.

    Parameters
    ----------
    table : DataFrame
        As `comparison_table` returns it.
    unit : str
    why : str
        What of the model built is a likely reason, as a sentence.
    """
    out = []
    for row in table.itertuples():
        if row.differs == ABSENT:
            out.append(
                Notice(KIND, f"{row.operation}: the fit alone found no mode; nothing stands beside H.")
            )
        elif row.flagged:
            told = (
                f"{row.operation}: H is {said(row, 'joint')} {unit} in the joint model and {said(row, 'separate')} "
                f"where the operation is fitted alone: {row.differs}. {_certainty(row)} {why}"
            )
            out.append(Notice(KIND, told.strip()))
    return out


def said(row: Any, which: str) -> str:
    """An estimate of a row of the table with its interval, in words: whole troops, or three digits of what is less."""
    ends = [getattr(row, f"{which}{end}") for end in ("", "_lower", "_upper")]
    if not np.isfinite(ends).all():
        return "–"
    small = max(map(abs, ends)) < 10
    median, lower, upper = (number(end) if small else decimal(end, 0) for end in ends)
    return f"{median} ({lower} to {upper})"


def _certainty(row: Any) -> str:
    """How far the draws of both settle their signs, in words."""
    both = f"{percent(row.joint_sure)} of the joint draws, {percent(row.separate_sure)} of the others"
    sure = f"on the median's side of zero: {both}"
    joint, alone = row.joint_sure >= CLEAR, row.separate_sure >= CLEAR
    if joint and alone:
        return f"Both signs are clear ({sure})."
    if joint:
        return f"Its own rows do not settle the sign that the joint model calls clear ({sure})."
    if alone:
        return f"Its own rows settle the sign; the joint model does not ({sure})."
    return f"Neither settles the sign ({sure})."


def gate_line(table: pd.DataFrame) -> dict[str, Any]:
    """The check as a line of the gate's table; it flags and does not fail a run."""
    flagged = table[table["flagged"]]
    found = f"{len(flagged)} of {len(table)} operations differ"
    if len(flagged):
        found += ": " + "; ".join(f"{r.operation} ({r.differs})" for r in flagged.itertuples())
    return {
        "check": "separate fits of operations",
        "found": found,
        "limit": "same sign, intervals that meet (a flag: fails no run)",
        "passed": "flagged" if len(flagged) else "yes",
        "advice": "Read the comparison with separate fits before an operation's effect."
        if len(flagged)
        else "",
    }


def with_separate(checks: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The gate's table with this check as its last line, verdicts in words; as it is where there is one operation."""
    words = checks.assign(passed=["yes" if passed else "no" for passed in checks["passed"]])
    if table.empty:
        return words
    return pd.concat([words, pd.DataFrame([gate_line(table)])], ignore_index=True)


def read_separate(stage: Stage) -> pd.DataFrame:
    """Read the table of a finished stage."""
    return read_csv(stage / "separate.csv", dtype={"differs": str}).fillna({"differs": ""})
