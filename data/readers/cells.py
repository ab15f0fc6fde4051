"""Cells to values: numbers, codes, dates and the counts of persons that people type.

Two promises. A cell that is not understood is an error that names its line, never a missing value.
A count that is not a plain number is parsed or reported, never zero.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputError

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "none", "null", ".", ".."})
MOST_PERSONS = 50_000_000

_PLAIN = re.compile(r"[0-9]+(?:\.0+)?")
_COMMAS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_SPACED = re.compile(r"[0-9]{1,3}(?:[ '’\u00a0\u202f][0-9]{3})+")
_POWER = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_DECIMAL = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")
_STRAY = re.compile(r"([0-9][0-9,]*)\s*[^\w\s,.]*\s*[a-z]?[^\w\s,.]*")
_ABOUT = re.compile(r"[~≈ε]\s*([0-9][0-9,]*)")


def is_missing(cell: object) -> bool:
    """Whether a raw cell says that there is no value."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING_WORDS
    return isinstance(cell, float | np.floating) and bool(np.isnan(cell))


def count_of(cell: object) -> tuple[float, str]:
    """The number of persons a cell states, and what was odd about it.

    Parameters
    ----------
    cell : object
        The cell as printed: ``"9,500"``, ``"3770 '"``, ``"some"``, ``1200``.

    Returns
    -------
    value : float
        Persons; NaN where none is stated or none can be read.
    problem : str
        Empty for a clean number or an empty cell, otherwise what was found and how it was taken.

    Notes
    -----
    A decimal point in a count of persons is reported and not read: "9.5" and "1.328" stand for thousands in
    the one official list that has them, but a tenth of the value is as plausible elsewhere. Words and
    letters are not persons: "1 FF" is one frigate.
    """
    if is_missing(cell):
        return np.nan, ""
    text = str(cell).strip()
    problem = ""
    if _PLAIN.fullmatch(text):
        value = float(text)
    elif _COMMAS.fullmatch(text):
        value = float(text.replace(",", ""))
    elif _POWER.fullmatch(text):
        value = float(text)
        if not value.is_integer():
            return np.nan, f"{text!r} is no whole number of persons"
    elif _SPACED.fullmatch(text):
        value = float(re.sub(r"[^0-9]", "", text))
        problem = f"{text!r} read as {value:.0f} (unusual thousands separator)"
    elif about := _ABOUT.fullmatch(text):
        value, problem = count_of(about.group(1))
        problem = problem or f"{text!r} read as {value:.0f} (an estimate)"
    elif (stray := _STRAY.fullmatch(text)) and stray.group(1) != text:
        value, problem = count_of(stray.group(1))
        problem = problem or f"{text!r} read as {value:.0f} (stray characters)"
    elif decimal := _DECIMAL.fullmatch(text):
        thousands = int(decimal.group(1)) * 1000 + int(decimal.group(2).ljust(3, "0"))
        return np.nan, f"{text!r} has a decimal point: not read ({thousands} if it stands for thousands)"
    else:
        return np.nan, f"{text[:40]!r} is not a number: not read"
    if value > MOST_PERSONS:
        return np.nan, f"{text[:40]!r} is more than any army: not read"
    return value, problem


def counts(cells: pd.Series) -> pd.DataFrame:
    """``value`` (persons, NaN where not read) and ``problem`` (empty where none) of a column of counts."""
    read = [count_of(cell) for cell in cells]
    return pd.DataFrame(
        {"value": [v for v, _ in read], "problem": pd.Series([p for _, p in read], dtype="str")},
        index=cells.index,
    )


def texts(cells: pd.Series) -> pd.Series:
    """Stripped text, missing where the cell is empty or ``NA``."""
    out = [None if is_missing(cell) else " ".join(str(cell).split()) for cell in cells]
    return pd.Series(out, index=cells.index, dtype="str")


def numbers(
    cells: pd.Series,
    lines: list[int],
    file: Path,
    column: str,
    *,
    missing: tuple[float, ...] = (),
    whole: bool = False,
) -> pd.Series:
    """Numbers as float64, with the missing codes made NaN.

    Raises
    ------
    InputError
        For a cell that is no number, is infinite, or has a fraction where ``whole`` is asked for.
    """
    if pd.api.types.is_numeric_dtype(cells.dtype):
        values = cells.astype("float64")
        empty = values.isna()
    else:
        empty = pd.Series([is_missing(cell) for cell in cells], index=cells.index, dtype=bool)
        tidy = cells.where(~empty, None)
        values = pd.to_numeric(tidy, errors="coerce").astype("float64")
    bad = (~empty & ~np.isfinite(values)).to_numpy()
    if whole:
        finite = values.to_numpy(copy=True)
        finite[~np.isfinite(finite)] = 0
        bad = bad | (finite != np.floor(finite))
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        wanted = "a whole number" if whole else "a number"
        raise InputError(repr(cells.iloc[place])[:60], wanted, file=file, row=lines[place], column=column)
    return values.mask(values.isin(missing)) if missing else values


def dates(cells: pd.Series, lines: list[int], file: Path, column: str) -> pd.Series:
    """Dates written as year-month-day; anything else that is not missing is an InputError."""
    out = pd.to_datetime(texts(cells), format="%Y-%m-%d", errors="coerce")
    bad = (out.isna() & ~texts(cells).isna()).to_numpy()
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise InputError(
            repr(cells.iloc[place])[:60], "a date year-month-day", file=file, row=lines[place], column=column
        )
    return out
