"""Lines of a list added up to one number a state: unknown where a line is unread, never smaller."""

from __future__ import annotations

import pandas as pd

from data.ledger import Ledger

UNREAD_BY_NAME = 40
"""Lines that a ledger names one by one before it names the others together."""


def with_unread_lines_unknown(rows: pd.DataFrame, key: list[str], ledger: Ledger, step: str) -> pd.DataFrame:
    """Leave out the read lines of a state that has an unread one: what remains says "named, not known".

    Parameters
    ----------
    rows : DataFrame
        One row a line; the columns of `key` and ``troops`` (persons, NaN: not read or not stated).
    key : list of str
        Columns whose lines are added up.
    ledger : Ledger
        Accounts for the troops of those lines.
    step : str
        Its open step.
    """
    unread = rows["troops"].isna()
    beside = unread.groupby([rows[name] for name in key], dropna=False).transform("any") & ~unread
    return ledger.leave_out(step, rows, beside, "another line of the same state cannot be read: not known")


def name_unread(rows: pd.DataFrame, said: pd.Series, ledger: Ledger, step: str) -> None:
    """Open and close a step of the ledger that names every unread line, where there is any.

    Parameters
    ----------
    rows : DataFrame
        Index: line of the file; ``troops``.
    said : Series of str
        What stands in each line, in words.
    ledger : Ledger
        Gets one entry a line, up to `UNREAD_BY_NAME`.
    step : str
        Name of the step.
    """
    unread = rows["troops"].isna()
    if not unread.any():
        return
    left = ledger.start(step, rows)
    lines = list(rows.index[unread])
    for line in lines[:UNREAD_BY_NAME]:
        left = ledger.leave_out(step, left, left.index == line, f"line {line}: {said[line]}")
    if rest := lines[UNREAD_BY_NAME:]:
        named = ", ".join(str(line) for line in rest)
        left = ledger.leave_out(step, left, left["troops"].isna(), f"not read: lines {named}")
    ledger.finish(step, left)


def totals(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One row a key: ``troops`` added up, NaN where a line of it is NaN."""
    added = rows.groupby(key, as_index=False, sort=True)["troops"].agg(lambda cells: cells.sum(skipna=False))
    return added.astype({"troops": float})


def repeats(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The line that a line repeats in every one of `columns`, 0 where it is the first of its kind."""
    first = (
        pd.Series(rows.index, index=rows.index)
        .groupby([rows[name] for name in columns], dropna=False)
        .transform("min")
    )
    return first.where(first != rows.index, 0).astype("int64")
