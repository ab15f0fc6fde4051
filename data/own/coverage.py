"""For which states the lists of a user's table are complete; of all others they say nothing.

A mapping says it with ``coverage``: ``"complete"`` (all states of the system), ``"file"`` (those that the
file names anywhere), ``"year"`` (those that it names in the same year), a list of states written like those
of the file, or ``{ column = "..." }``, a column that names them, separated by semicolons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from data.common.declared import Declared, Many
from data.common.errors import InputError
from data.common.refuse import refuse
from data.own.cells import no_column, refuse_blank
from data.readers.cells import texts
from data.readers.files import Raw

if TYPE_CHECKING:
    from data.own.mapping import Mapping

WORDS = {"those in the file": "file", "those in the year": "year"}
"""Other ways to say it."""

Resolve = Callable[[str, int], float]
"""A state as written, in a year, to its Correlates of War code; NaN where it is no state then."""


class CoverageColumn(Declared):
    """A column whose cells name the states that a list covers."""

    column: str


Coverage = Literal["complete", "partial", "file", "year"] | Many[str | int] | CoverageColumn


def covered_states(table: pd.DataFrame, coverage: Coverage, resolve: Resolve) -> pd.DataFrame | None:
    """Return the states that each list covers.

    Parameters
    ----------
    table : DataFrame
        ``operation, date, written`` (the state as the file writes it) and ``covers`` (a cell of the column
        that names states).
    coverage : Coverage
        What the mapping says.
    resolve : callable
        See `Resolve`.

    Returns
    -------
    DataFrame or None
        ``operation, date, ccode``; None where a list covers all states.

    Raises
    ------
    InputError
        A state of the mapping that is one in no year of the file.
    """
    if coverage in ("complete", "partial"):
        return None
    lists = table[["operation", "date"]].drop_duplicates()
    parts = []
    for operation, date in lists.itertuples(index=False):
        here = (table["operation"] == operation) & (table["date"] == date)
        if coverage == "file":
            states: Iterable[object] = table["written"].unique()
        elif coverage == "year":
            states = table.loc[table["date"].dt.year == date.year, "written"].unique()
        elif isinstance(coverage, CoverageColumn):
            cells = table.loc[here, "covers"].dropna().astype(str)
            states = dict.fromkeys(part.strip() for cell in cells for part in cell.split(";") if part.strip())
        else:
            states = coverage
        for state in states:
            parts.append((operation, date, str(state), _in_year(str(state), date.year, resolve)))
    found = pd.DataFrame(parts, columns=["operation", "date", "state", "ccode"])
    known = found.dropna(subset=["ccode"])
    if isinstance(coverage, tuple):
        never = sorted(set(found["state"]) - set(known["state"]))
        if never:
            resolve(
                never[0], int(table["date"].dt.year.iloc[0])
            )  # says what is wrong with the name, if anything
            raise InputError(repr(never[0]), "a state in some year of the table", column="coverage")
    return known[["operation", "date", "ccode"]].drop_duplicates().reset_index(drop=True)


def _in_year(state: str, year: int, resolve: Resolve) -> float:
    """The code of a state in a year, NaN where it is none then: a list need not begin with its last member."""
    try:
        return resolve(state, year)
    except InputError:
        return float("nan")


def row_coverage(raw: Raw, mapping: Mapping, place: str) -> str:
    """The coverage of every row where the mapping declares it; a row that says otherwise is an error."""
    declared = "partial" if mapping.coverage == "partial" else "complete"
    column = mapping.columns.get("coverage", "coverage")
    if column in raw.columns and declared == "complete":
        cells = texts(raw.columns[column])
        found = "'partial', where the mapping says that lists are complete"
        wanted = "one coverage: the column's, or the mapping's for the states that it names"
        refuse(cells, cells == "partial", wanted, file=place, lines=raw.lines, column=column, found=found)
    return declared


def covers_cells(raw: Raw, mapping: Mapping, place: str) -> np.ndarray | None:
    """What the column of covered states says in each row, where the mapping names one."""
    if not isinstance(mapping.coverage, CoverageColumn):
        return None
    column = mapping.coverage.column
    if column not in raw.columns:
        raise no_column(raw, column, place)
    refuse_blank(raw.columns[column], raw.lines, place, column)
    return texts(raw.columns[column]).to_numpy()


def refuse_mixed(table: pd.DataFrame, path: str | Path) -> None:
    """A list names all contributors or it does not: rows of one that differ cannot both be right."""
    kinds = table.groupby(["operation", "date"])["coverage"].transform("nunique")
    mixed = ((kinds > 1) & (table["coverage"] == "partial")).to_numpy()
    if mixed.any():
        row = table[mixed].iloc[0]
        sheet = f", sheet {row['sheet']!r}" if row["sheet"] else ""
        raise InputError(
            f"'partial' on a list ({row['operation']}, {row['date']:%Y-%m-%d}) whose other rows are complete",
            'one coverage for all rows of a list, or coverage = ["..."] in the mapping, the states that it covers',
            file=f"{path}{sheet}",
            row=int(table.index[mixed][0]),
            column="coverage",
        )
