"""Read one csv table strictly: every fault is one line that names file, row and column."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.declared import is_file
from data.errors import InputError
from data.near import near


def find_file(folder: str | Path, relative: str) -> Path:
    """Return ``folder/relative``, or ``folder/<file name>`` for a folder that holds the files bare.

    Parameters
    ----------
    folder : path
        The data folder, laid out one sub-folder a source.
    relative : str
        Its path in the registry (`data.sources.File`).

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


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_table(
    path: str | Path,
    columns: Sequence[str],
    *,
    key: Sequence[str] = (),
    numeric: Iterable[str] = (),
    minimum: dict[str, float] | None = None,
    maximum: dict[str, float] | None = None,
    keep_all: bool = False,
    na_values: Sequence[str] = (),
    counts: Iterable[str] = (),
    dates: Iterable[str] = (),
) -> pd.DataFrame:
    """Read a csv file and check it against what is known of it.

    Parameters
    ----------
    path : path
        The file.
    columns : sequence of str
        Columns that must stand in the header; the others are dropped unless `keep_all`.
    key : sequence of str
        Columns that together identify a row: present in every row, no two rows alike.
    numeric : iterable of str
        Columns that hold numbers or nothing. A word, or a number written "9,500", is an error:
        a coercion to missing is how counts have been lost before.
    minimum, maximum : dict of str to float
        Bounds, inclusive, for numeric columns.
    keep_all : bool
        Keep columns that are not asked for.
    na_values : sequence of str
        Further spellings of missing.
    counts : iterable of str
        Numeric columns that count persons: a fraction is an error there.
    dates : iterable of str
        Columns of days, which stay text.

    Returns
    -------
    DataFrame
        Index 0..n-1; line `i` of the frame is line ``i + 2`` of a file without quoted line breaks.
    """
    path = Path(path)
    if not is_file(path):
        raise InputError("no such file", "a csv table", file=path)
    frame = _parse(path)
    for column in columns:
        if column not in frame.columns:
            close = near(column, frame.columns)
            hint = f" (perhaps renamed to {close[0]!r})" if close else f" among {', '.join(frame.columns)}"
            raise InputError(f"no such column{hint}", f"a column {column!r}", file=path, column=column)
    if frame.empty:
        raise InputError("a header and no rows", "at least one row", file=path)
    if not keep_all:
        frame = frame[list(columns)]
    frame = frame.replace(dict.fromkeys(["", "NA", *na_values], pd.NA))
    for column in counts:
        _refuse_fractions(frame[column], path, column)
    for column in dates:
        _refuse_no_dates(frame[column], path, column)
    for column in numeric:
        if column in frame.columns:
            frame[column] = _numbers(frame[column], path, column)
    for bounds, words in ((minimum or {}, "at least"), (maximum or {}, "at most")):
        for column, bound in bounds.items():
            outside = frame[column] < bound if words == "at least" else frame[column] > bound
            if outside.any():
                row = int(outside.to_numpy().argmax())
                raise InputError(
                    f"{frame[column].iloc[row]:g}",
                    f"{words} {bound:g}",
                    file=path,
                    row=row + 2,
                    column=column,
                )
    if key:
        check_key(frame, key, path)
    return frame


def _parse(path: Path) -> pd.DataFrame:
    """All cells as text; a line with too few or too many fields is an error, where pandas would pad it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = [line for line in csv.reader(stream, strict=True) if line]
    except UnicodeDecodeError as error:
        found = f"bytes that are not UTF-8 at position {error.start}"
        raise InputError(found, "UTF-8 text", file=path) from None
    except (csv.Error, OSError) as error:
        found = f"a table that cannot be parsed ({error})"
        raise InputError(found, "comma-separated values", file=path) from None
    if not lines:
        raise InputError("an empty file", "a header and rows", file=path)
    header = [name.strip() for name in lines[0]]
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the column {twice!r} twice", "each column once", file=path, row=1)
    for row, line in enumerate(lines[1:]):
        if len(line) != len(header):
            raise InputError(f"{len(line)} fields", f"{len(header)} as in the header", file=path, row=row + 2)
    return pd.DataFrame(lines[1:], columns=header, dtype="str")


def check_key(frame: pd.DataFrame, key: Sequence[str], path: str | Path) -> None:
    """Refuse rows with an empty key and rows that repeat one."""
    for column in key:
        empty = frame[column].isna().to_numpy()
        if empty.any():
            row = int(empty.argmax())
            raise InputError("nothing", "a value in every row", file=path, row=row + 2, column=column)
    repeated = frame.duplicated(list(key)).to_numpy()
    if repeated.any():
        row = int(repeated.argmax())
        values = ", ".join(f"{column} {_plain(frame[column].iloc[row])}" for column in key)
        raise InputError(f"a second row for {values}", "one row each", file=path, row=row + 2)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _refuse_fractions(column: pd.Series, path: Path, name: str) -> None:
    """A count with a point is an error, but for one or two zeros behind it: "5.000" may be five thousand."""
    point = column.str.contains(".", regex=False, na=False)
    wrong = (point & ~column.str.fullmatch(r"[0-9]+\.0{1,2}", na=False)).to_numpy(dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(repr(column.iloc[row]), "whole persons", file=path, row=row + 2, column=name)


def _refuse_no_dates(column: pd.Series, path: Path, name: str) -> None:
    """What is present must be a day of the calendar."""
    days = pd.to_datetime(column, format="%Y-%m-%d", errors="coerce")
    wrong = (days.isna() & column.notna()).to_numpy(dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            repr(column.iloc[row]), "a day as year-month-day", file=path, row=row + 2, column=name
        )


def _numbers(column: pd.Series, path: Path, name: str) -> pd.Series:
    """Turn text into float64; anything present that is no number is an error."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    words = (column.notna() & numbers.isna()).to_numpy() & (column.fillna("").str.lower() != "nan").to_numpy()
    wrong = words | np.isinf(numbers.to_numpy())
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(repr(column.iloc[row]), "a number or nothing", file=path, row=row + 2, column=name)
    return numbers
