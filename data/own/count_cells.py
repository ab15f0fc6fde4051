"""The column of counts in one's own table: every cell read, or said in words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.refuse import refuse
from data.own.sheets import line_of, place_of
from data.readers.cells import Marks, counts, is_missing

SHOWN = 12
"""Cells that one error names; the others are counted."""

_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\s.,'’/()-])*")


def read_counts(
    cells: pd.Series, marks: Marks, lines: list[int], file: str | Path
) -> tuple[np.ndarray, np.ndarray]:
    """Counts of persons as they stand in a column.

    Parameters
    ----------
    cells : Series
        Raw cells.
    marks : Marks
        The declared decimal and thousands marks.
    lines : list of int
        Line of the file of each cell.
    file : path
        For the message.

    Returns
    -------
    troops : ndarray of float, shape (cell,)
        Persons, NaN where none are stated or none can be read.
    unread : ndarray of str, shape (cell,)
        What stands there then, empty where a number was read.

    Raises
    ------
    InputError
        For a negative number.
    """
    read = counts(cells, marks)
    negative = read["problem"].str.contains(" is negative", regex=False)
    refuse(cells, negative, "zero or more persons", file=file, lines=lines, column="troops")
    absent = cells.map(is_missing).to_numpy(dtype=bool)
    printed = cells.map(lambda cell: repr(str(cell).strip()[:40])).to_numpy(dtype=object)
    printed = np.where(absent & (printed == "''"), "an empty cell", printed)
    return read["value"].to_numpy(), np.where(read["value"].isna(), printed, "")


def refuse_unread(rows: pd.DataFrame, file: str | Path) -> None:
    """Refuse counts that cannot be read; an empty cell or a word ("some") says that none is stated.

    Parameters
    ----------
    rows : DataFrame
        Index: line of the file; ``sheet`` ("" for none), ``unread`` as `read_counts` gives it.
    file : path
        For the message.

    Raises
    ------
    InputError
        One line that names every such cell with its line, up to `SHOWN`.
    """
    said_none = rows["unread"].map(_says_none).astype(bool)  # of no rows at all, pandas makes text
    bad = rows[(rows["unread"] != "") & ~said_none]
    if bad.empty:
        return
    first = bad.iloc[:SHOWN]
    cells = zip(first["sheet"], first.index, first["unread"], strict=True)
    named = ", ".join(f"{line_of(sheet, line)} {cell}" for sheet, line, cell in cells)
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    raise InputError(
        f"{len(bad)} count{'s' if len(bad) > 1 else ''} that cannot be read: {named}{more}",
        'whole persons ("9500", "9,500"); the mapping may declare thousands = "." or decimal = ",", '
        'or unread = "unknown" to leave those states unknown',
        file=place_of(file, bad["sheet"].iloc[0]),
        row=int(bad.index[0]),
        column="troops",
    )


def _says_none(cell: str) -> bool:
    text = cell.strip("'\"")
    return cell == "an empty cell" or is_missing(text) or _WORDS.fullmatch(text) is not None
