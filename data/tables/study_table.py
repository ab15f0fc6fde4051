"""The table of one's own study: numbers where the study computes, codes where it groups, text as it stands.

Any format that the official readers know. Which column is what follows from what the study does with it, never
from a guess over all cells: one stray cell is an error that names its line, and "NA" in a column of two-letter
codes is Namibia.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.near import one_of
from data.readers.cells import is_missing
from data.readers.files import load

_STATA_MISSING = re.compile(r"\.[a-z]?")
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_LOGICAL = {"true": 1.0, "false": 0.0}
LARGEST_SQUARE = 1e100
"""Numbers beyond it are no data: their squares are no numbers any more."""
_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True)
class Writing:
    """How a file is written; the defaults are those of R, Stata and pandas.

    Attributes
    ----------
    encoding : str
        What the bytes may be when they are not UTF-8.
    delimiter : str
        What separates the fields of a text file; by its suffix where empty.
    decimal, thousands : str
        Marks inside numbers; no mark of thousands by default.
    missing : mapping
        Column to further cells that mean missing; the key ``""`` holds those of every column.
    text : frozenset of str
        Columns whose cells are text though they look like numbers, or like a mark of missing.
    """

    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    thousands: str = ""
    missing: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    text: frozenset[str] = frozenset()

    def marks(self, column: str) -> tuple[Any, ...]:
        """Declared marks of missing in a column."""
        return (*self.missing.get("", ()), *self.missing.get(column, ()))


def read_study_table(
    path: Path, numeric: Iterable[str], codes: Iterable[str], writing: Writing | None = None
) -> pd.DataFrame:
    """Read the table of a study.

    Parameters
    ----------
    path : path
        csv, tab, dta, xls, xlsx, rds or a gzip or zip of one.
    numeric : iterable of str
        Columns that the study computes with or compares with numbers: every cell is a number or missing.
    codes : iterable of str
        Columns that the study groups by: numbers if most of their values are, and then all of them must be.
    writing : Writing, optional

    Returns
    -------
    DataFrame
        Index ``line``: the line of the file. Numbers as float64 (codes without fractions or gaps as int64),
        infinite ones included; text as ``str``. A column that the study does not use is numbers only if all of
        its cells are.

    Raises
    ------
    InputError
        With file, row and column of the first cell at fault.
    """
    writing = writing or Writing()
    try:
        raw = load(path, encoding=writing.encoding, delimiter=writing.delimiter)
    except InputError as error:
        if not error.found.startswith("the byte "):
            raise
        wanted = f'{error.expected}, or encoding = "cp1252" (or whatever it is) in [sample]'
        raise InputError(error.found, wanted, file=path, row=error.row) from None
    for name in (*(n for n in writing.missing if n), *writing.text):
        if name not in raw.columns:
            key = "sample.text" if name in writing.text else "sample.missing"
            raise InputError(f"no such column {name!r}", one_of(name, raw.columns), file=path, key=key)
    must, may = set(numeric) - writing.text, set(codes) | set(writing.text)
    out: dict[str, pd.Series] = {}
    for name, cells in raw.columns.items():
        column = _Column(name, cells.reset_index(drop=True), raw.lines, path, writing)
        out[name] = column.numbers() if name in must else column.codes() if name in may else column.free()
    frame = pd.DataFrame(out)
    frame.index = pd.Index(raw.lines, name="line")
    return frame


@dataclass(frozen=True)
class _Column:
    """The cells of one column and how they are written."""

    name: str
    cells: pd.Series
    lines: list[int]
    file: Path
    writing: Writing

    def numbers(self) -> pd.Series:
        """Every cell a number or missing."""
        values, bad = self._parsed()
        beyond = np.isfinite(values) & (values.abs() > LARGEST_SQUARE)
        if beyond.any():
            raise self._fault(
                beyond, f"a number below {LARGEST_SQUARE:g} in size, whose square can be summed"
            )
        if bad.any():
            raise self._fault(
                bad,
                f'a number, "{self.writing.decimal}" being its decimal mark, or a mark of missing '
                "(decimal, thousands and missing of [sample] say how numbers are written)",
            )
        return values

    def codes(self) -> pd.Series:
        """Numbers where most of the values are, and then all of them; otherwise text."""
        if self.name in self.writing.text:
            return self._text(as_it_stands=True)
        values, bad = self._parsed()
        seen = self.cells[values.notna() | bad].astype(str).str.strip()
        words = seen[bad.loc[seen.index]].nunique()
        if not words:
            whole = values.notna().all() and np.isfinite(values).all() and (values == np.floor(values)).all()
            return values.astype("int64") if whole else values
        count = seen.nunique()
        if words > count / 2 or self._dated():
            return self._text()
        raise self._fault(
            bad,
            f"a number, as {count - words} of the {count} values of this column are "
            f"(text = [{self.name!r}] in [sample] if all are text)",
        )

    def free(self) -> pd.Series:
        """Numbers if all cells are, text otherwise."""
        if self.cells.dtype != object and not pd.api.types.is_string_dtype(self.cells.dtype):
            return self.cells
        values, bad = self._parsed()
        return self._text() if bad.any() or values.isna().all() else values

    def _dated(self) -> bool:
        return bool(pd.api.types.is_datetime64_any_dtype(self.cells.dtype))

    def _fault(self, bad: pd.Series, expected: str) -> InputError:
        place = int(np.flatnonzero(bad.to_numpy())[0])
        cell = self.cells.iloc[place]
        found = repr(cell if isinstance(cell, str) else str(cell))[:60]
        return InputError(found, expected, file=self.file, row=self.lines[place], column=self.name)

    def _parsed(self) -> tuple[pd.Series, pd.Series]:
        """Cells as float64, and which of them are neither a number nor missing."""
        texts = {str(mark).strip() for mark in self.writing.marks(self.name)}
        marked = {float(m) for m in self.writing.marks(self.name) if isinstance(m, int | float)}
        if pd.api.types.is_numeric_dtype(self.cells.dtype) or pd.api.types.is_bool_dtype(self.cells.dtype):
            values = self.cells.astype("float64")
            return values.mask(values.isin(list(marked))), pd.Series(False, index=values.index)
        pattern = _pattern(self.writing)
        values, bad = np.full(len(self.cells), np.nan), np.zeros(len(self.cells), bool)
        for place, cell in enumerate(self.cells):
            text = cell.strip() if isinstance(cell, str) else cell
            if is_missing(text) or (
                isinstance(text, str) and (text in texts or _STATA_MISSING.fullmatch(text))
            ):
                continue
            value = _number(text, pattern, self.writing)
            bad[place] = value is None
            if value is not None and value not in marked:
                values[place] = value
        return pd.Series(values, index=self.cells.index), pd.Series(bad, index=self.cells.index)

    def _text(self, as_it_stands: bool = False) -> pd.Series:
        """Cells as text; "NA" is missing only where the column is not one of two-letter codes."""
        if self._dated():
            return self.cells
        texts = {str(mark).strip() for mark in self.writing.marks(self.name)}
        plain = [None if cell is None or cell is pd.NA or cell != cell else cell for cell in self.cells]
        told = [None if cell is None else " ".join(_plain(cell).split()) for cell in plain]
        here = {cell for cell in told if cell and cell not in texts and not _blank(cell)}
        coded = as_it_stands or (bool(here) and all(_TWO_LETTERS.fullmatch(cell) for cell in here))
        out = [
            None if not cell or cell in texts or (_blank(cell) if not coded else False) else cell
            for cell in told
        ]
        return pd.Series(out, index=self.cells.index, dtype="str")


def _blank(text: str) -> bool:
    return is_missing(text) or bool(_STATA_MISSING.fullmatch(text))


def _plain(cell: object) -> str:
    return f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _pattern(writing: Writing) -> re.Pattern[str]:
    point = re.escape(writing.decimal)
    whole = r"\d+"
    if writing.thousands:
        whole = rf"(?:\d{{1,3}}(?:{re.escape(writing.thousands)}\d{{3}})+|\d+)"
    return re.compile(rf"[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def _number(cell: object, pattern: re.Pattern[str], writing: Writing) -> float | None:
    """The number in a cell, None where it is none."""
    if isinstance(cell, bool | np.bool_ | int | float | np.integer | np.floating):
        return float(cell)
    if not isinstance(cell, str):
        return None
    text = cell.replace("\u2212", "-")
    if text.casefold() in _LOGICAL:
        return _LOGICAL[text.casefold()]
    if _INFINITE.fullmatch(text):
        return float(text)
    if not pattern.fullmatch(text):
        return None
    if writing.thousands:
        text = text.replace(writing.thousands, "")
    return float(text.replace(writing.decimal, "."))


def matching(values: pd.Series, wanted: Iterable[int | float | str], key: str) -> pd.Series:
    """Which rows of a column have one of some values.

    Parameters
    ----------
    values : Series
    wanted : iterable of int, float or str
        Numbers for a column of numbers, text for one of text.
    key : str
        Where the values are asked for, for the error.

    Raises
    ------
    InputError
        For text where the column has numbers and the reverse: such a comparison finds nothing.
    """
    listed = list(wanted)
    numeric = pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype)
    for one in listed:
        if numeric == isinstance(one, str):
            sample = next((value for value in values if value == value), "nothing")
            kinds = ("numbers", "text") if numeric else ("text", "numbers")
            raise InputError(f"{one!r} ({kinds[1]})", f"{kinds[0]}, as in the column: {sample!r}", key=key)
    if numeric:
        return values.astype(float).isin([float(one) for one in listed])
    return values.isin(listed)


def refuse_repeated(rows: pd.DataFrame, keys: list[str], file: Path | str, *, of: str) -> None:
    """Refuse rows that have one unit, series and time twice.

    Parameters
    ----------
    rows : DataFrame
        Index: line of the file.
    keys : list of str
        The columns that tell rows apart; a row without one of them is not looked at.
    of : str
        How more columns are declared, for the error.

    Raises
    ------
    InputError
        Naming the unit, the time, and both rows.
    """
    keys = list(dict.fromkeys(keys))
    known = rows.dropna(subset=keys)
    again = known.duplicated(keys)
    if not again.any():
        return
    line = again.index[again.to_numpy()][0]
    second = known.loc[line, keys]
    first = known.index[(known[keys] == second).all(axis=1).to_numpy()][0]
    shown = ", ".join(f"{name} {_plain(second[name])}" for name in keys)
    raise InputError(
        f"{shown} a second time (first in row {first}; {int(again.sum())} such rows)",
        f"one row for each {' and '.join(keys)}, or {of}",
        file=file,
        row=int(line),
    )
