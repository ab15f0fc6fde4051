"""Lines of a list added up to one number a state: unknown where a line is unread, never smaller."""

from __future__ import annotations

import pandas as pd

from data.common.ledger import Ledger

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
    return ledger.leave_out(step, rows, beside, "beside a line of the same contingent without a number")


def finish_by_name(
    rows: pd.DataFrame,
    lines: list[str],
    said: list[str],
    ledger: Ledger,
    step: str,
    cells: str,
    *,
    into: str,
) -> None:
    """Close a step of lines that are to be added up; a step behind it names every unread line, where there is any.

    Parameters
    ----------
    rows : DataFrame
        ``troops``.
    lines : list of str
        Where each line stands, in words.
    said : list of str
        What stands there, in words.
    ledger : Ledger
        Gets one entry an unread line, up to `UNREAD_BY_NAME`.
    step, cells : str
        The open step, and the name of the step that names the lines.
    into : str
        The step that takes all persons in the end.
    """
    unread = rows["troops"].isna().to_numpy()
    if not unread.any():
        ledger.finish(step, rows, into=into)
        return
    ledger.finish(step, rows, into=cells)
    left = ledger.start(cells, rows.reset_index(drop=True))
    places = unread.nonzero()[0]
    for place in places[:UNREAD_BY_NAME]:
        left = ledger.leave_out(cells, left, left.index == place, f"{lines[place]}: {said[place]}")
    if len(rest := places[UNREAD_BY_NAME:]):
        named = ", ".join(lines[place] for place in rest)
        left = ledger.leave_out(cells, left, left["troops"].isna(), f"not read: {named}")
    ledger.finish(cells, left, into=into)


def totals(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One row a key: ``troops`` added up, NaN where a line of it is NaN."""
    added = rows.groupby(key, as_index=False, sort=True)["troops"].agg(lambda cells: cells.sum(skipna=False))
    return added.astype({"troops": float})


def repeats(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The line that a line repeats in every one of `columns`, 0 where it is the first of its kind.

    The index of `rows` holds the lines, each once.
    """
    first = (
        pd.Series(rows.index, index=rows.index)
        .groupby([rows[name] for name in columns], dropna=False)
        .transform("min")
    )
    return first.where(first != rows.index, 0).astype("int64")
