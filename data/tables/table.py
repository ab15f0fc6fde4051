"""Read one csv table strictly: every fault is one line that names file, row and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.declared import is_file
from data.common.errors import InputError
from data.common.near import near
from data.common.refuse import refuse
from data.readers.files import load


def find_file(folder: str | Path, relative: str) -> Path:
    """Return ``folder/relative``, or ``folder/<file name>`` for a folder that holds the files bare.

    Parameters
    ----------
    folder : path
        The data folder, laid out one sub-folder a source.
    relative : str
        Its path in the registry (`data.sources.registry.File`).

    Raises
    ------
    InputError
        Neither exists; the message says where the file was looked for.
    """
    folder = Path(folder)
    for candidate in (folder / relative, folder / Path(relative).name):
        if candidate.is_file():
            return candidate
    raise InputError("no such file", f"{relative} in the data folder {folder}", file=folder / relative)


@dataclass(frozen=True)
class Layout:
    """What is known of a table, and checked as it is read.

    Attributes
    ----------
    columns : tuple of str
        Columns that must stand in the header; others stay too.
    key : tuple of str
        Columns that together identify a row: present in every row, no two rows alike.
    numeric : tuple of str
        Columns that hold numbers or nothing. A word, or a number written "9,500", is an error:
        a coercion to missing is how counts have been lost before.
    minimum, maximum : dict of str to float
        Bounds, inclusive, for numeric columns.
    counts : tuple of str
        Numeric columns that count persons: a fraction is an error there.
    dates : tuple of str
        Columns of days, which stay text.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    minimum: dict[str, float] = field(default_factory=dict)
    maximum: dict[str, float] = field(default_factory=dict)
    counts: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()


def read_table(path: str | Path, layout: Layout) -> pd.DataFrame:
    """Read a file and check it against what is known of it; index 0..n-1, "" and "NA" are missing.

    Raises
    ------
    InputError
        With file, row and column of the first fault.
    """
    frame, lines = read_text(path, layout.columns)
    frame = frame.replace(dict.fromkeys(["", "NA"], pd.NA))
    for column in layout.counts:
        _refuse_fractions(frame[column], lines, path)
    for column in layout.dates:
        _refuse_no_dates(frame[column], lines, path)
    for column in layout.numeric:
        if column in frame.columns:
            frame[column] = numbers(frame[column], lines, path)
    for column, bound in layout.minimum.items():
        cells = frame[column]
        refuse(cells, cells < bound, f"at least {bound:g}", file=path, lines=lines, found="{:g}".format)
    for column, bound in layout.maximum.items():
        cells = frame[column]
        refuse(cells, cells > bound, f"at most {bound:g}", file=path, lines=lines, found="{:g}".format)
    if layout.key:
        _check_key(frame, layout.key, lines, path)
    return frame


def read_text(path: str | Path, columns: Sequence[str]) -> tuple[pd.DataFrame, list[int]]:
    """The cells of a file as text, "" where empty, and the line of each row.

    Parameters
    ----------
    path : path
    columns : sequence of str
        Columns that must stand in the header.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or a column is missing.
    """
    if not is_file(path):
        raise InputError("no such file", "a csv table", file=path)
    raw = load(path)
    for column in columns:
        if column not in raw.columns:
            close = near(column, raw.columns)
            hint = f" (perhaps renamed to {close[0]!r})" if close else f" among {', '.join(raw.columns)}"
            raise InputError(f"no such column{hint}", f"a column {column!r}", file=path, column=column)
    cells = {name: [_text(cell) for cell in column] for name, column in raw.columns.items()}
    return pd.DataFrame(cells, dtype="str"), raw.lines


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else "" if cell is None or cell != cell else str(cell)


def _check_key(frame: pd.DataFrame, key: Sequence[str], lines: list[int], path: str | Path) -> None:
    """Refuse rows with an empty key and rows that repeat one."""
    for column in key:
        cells = frame[column]
        refuse(cells, cells.isna(), "a value in every row", file=path, lines=lines, found="nothing")
    repeated = frame.duplicated(list(key)).to_numpy()
    if repeated.any():
        row = int(repeated.argmax())
        values = ", ".join(f"{column} {_plain(frame[column].iloc[row])}" for column in key)
        raise InputError(f"a second row for {values}", "one row each", file=path, row=lines[row])


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _refuse_fractions(cells: pd.Series, lines: list[int], path: str | Path) -> None:
    """A count with a point is an error, but for one or two zeros behind it: "5.000" may be five thousand."""
    point = cells.str.contains(".", regex=False, na=False)
    wrong = point & ~cells.str.fullmatch(r"[0-9]+\.0{1,2}", na=False)
    refuse(cells, wrong, "whole persons", file=path, lines=lines)


def _refuse_no_dates(cells: pd.Series, lines: list[int], path: str | Path) -> None:
    """What is present must be a day of the calendar."""
    wrong = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce").isna() & cells.notna()
    refuse(cells, wrong, "a day as year-month-day", file=path, lines=lines)


def numbers(cells: pd.Series, lines: list[int], path: str | Path) -> pd.Series:
    """Turn text into float64, NaN where a cell is empty; anything present that is no number is an error."""
    found = pd.to_numeric(cells, errors="coerce").astype(float)
    words = (cells.notna() & found.isna()).to_numpy() & (cells.fillna("").str.lower() != "nan").to_numpy()
    refuse(cells, words | np.isinf(found.to_numpy()), "a number or nothing", file=path, lines=lines)
    return found
