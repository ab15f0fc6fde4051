"""Cells to values: numbers, codes, dates and the counts of persons that people type.

Two promises. A cell that is not understood is an error that names its line, never a missing value.
A count that is not a plain number is parsed or reported, never zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.refuse import refuse

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "none", "null", ".", ".."})
MOST_PERSONS = 50_000_000

_SPACES = " \u00a0\u2007\u2009\u202f"
_FAMILY = {",": ",", ".": r"\.", " ": f"[{_SPACES}]", "'": "['’]"}
# Three zeros behind one to three digits may be thousands: "5.000" is not plainly five.
_PLAIN = re.compile(r"[0-9]+(?:\.0{1,2}|\.0{4,})?|[0-9]{4,}\.000|0\.000")
_COMMAS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.0{1,2})?")
_SPACED = re.compile(rf"[1-9][0-9]{{0,2}}([{_SPACES}'’])[0-9]{{3}}(?:\1[0-9]{{3}})*")
_POWER = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_TIMES = re.compile(r"[eE][+-]?[0-9]{1,2}$")
_DECIMAL = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")
_NEGATIVE = re.compile(r"[-\u2212\u2013]\s*[0-9][0-9.,'’\s]*")


@dataclass(frozen=True)
class Marks:
    """The marks that a table declares its numbers to have.

    ``thousands`` is ``","``, ``"."``, ``" "`` (the ordinary, no-break and narrow no-break space alike) or ``"'"``
    (straight or curved); ``decimal`` is ``"."`` or ``","``. Of point and comma, one declared implies the other.
    Where nothing is declared both are empty, and only what cannot be mistaken is read.
    """

    decimal: str = ""
    thousands: str = ""

    def __bool__(self) -> bool:
        return bool(self.decimal or self.thousands)

    def whole(self) -> re.Pattern[str]:
        """The pattern of a whole number so written, its fraction (zeros or not) as group 1."""
        other = {".": ",", ",": "."}
        decimal = self.decimal or other.get(self.thousands, "")
        thousands = self.thousands or other[self.decimal]
        grouped = rf"[1-9][0-9]{{0,2}}(?:{_FAMILY[thousands]}[0-9]{{3}})+"
        fraction = rf"(?:{_FAMILY[decimal]}([0-9]+))?" if decimal else "()"
        return re.compile(rf"(?:[0-9]+|{grouped}){fraction}")

    def number(self, text: str) -> float:
        """A number of any sign so written, with a power of ten or without; NaN where it is none."""
        sign, rest = (-1, text[1:].strip()) if text[:1] in tuple("-\u2212\u2013") else (1, text)
        power = _TIMES.search(rest)
        parts = self.parts(rest[: power.start()] if power else rest)
        return np.nan if parts is None else sign * float(".".join(parts) + (power.group() if power else ""))

    def parts(self, text: str) -> tuple[str, str] | None:
        """The digits before and behind the decimal mark of a number so written, None where it is none."""
        found = self.whole().fullmatch(text)
        if not found:
            return None
        fraction = found.group(1) or ""
        return re.sub(r"[^0-9]", "", text[: found.start(1)] if fraction else text), fraction


UNDECLARED = Marks()


def is_missing(cell: object) -> bool:
    """Whether a raw cell says that there is no value."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    if isinstance(cell, str):
        return cell.strip().lower() in MISSING_WORDS
    return isinstance(cell, float | np.floating) and bool(np.isnan(cell))


def count_of(cell: object, marks: Marks = UNDECLARED) -> tuple[float, str]:
    """The number of persons a cell states, and what was odd about it.

    Parameters
    ----------
    cell : object
        The cell as printed: ``"9,500"``, ``"some"``, ``1200``.
    marks : Marks, optional
        What the table declares its decimal and thousands marks to be.

    Returns
    -------
    value : float
        Persons; NaN where none is stated or none can be read.
    problem : str
        Empty for a clean number or an empty cell, otherwise what was found and how it was taken.

    Notes
    -----
    A cell that is not plainly a count is never shortened to one: "10k" is not ten, "50 %" not fifty. A point
    in a count of persons is read where the table declares what it means: "9.5" and "1.328" stand for thousands
    in the one official list that has them, but a tenth of the value is as plausible elsewhere. Words and
    letters are not persons: "1 FF" is one frigate. Groups of two digits (1,23,456) are no thousands here.
    """
    if is_missing(cell):
        return np.nan, ""
    if isinstance(cell, bool | np.bool_):
        return np.nan, f"{cell} is not a number: not read"
    text = str(cell).strip()
    if isinstance(cell, int | float | np.integer | np.floating):
        value, problem = (float(cell), "") if float(cell) >= 0 else (np.nan, f"{text} is negative: not read")
    elif _NEGATIVE.fullmatch(text):
        return np.nan, f"{text[:40]!r} is negative: not read"
    elif _POWER.fullmatch(text) and not (marks and "." in text):
        value, problem = float(text), ""
    else:
        value, problem = _declared(text, marks) if marks else _plainly(text)
    if value > MOST_PERSONS:
        return np.nan, f"{text[:40]!r} is more than any army: not read"
    if value == value and not float(value).is_integer():
        return np.nan, f"{text[:40]!r} is no whole number of persons: not read"
    return value, problem


def _declared(text: str, marks: Marks) -> tuple[float, str]:
    parts = marks.parts(text)
    if parts is None:
        said = " and ".join(f"{name} {mark!r}" for name, mark in vars(marks).items() if mark)
        return np.nan, f"{text[:40]!r} is not a number with {said}: not read"
    digits, fraction = parts
    if fraction == "000" and text[:-4].isdigit() and len(digits) <= 3 and int(digits):
        return np.nan, f"{text!r} may stand for thousands: not read"
    return float(f"{digits}.{fraction or 0}"), ""


def _plainly(text: str) -> tuple[float, str]:
    if _PLAIN.fullmatch(text):
        return float(text), ""
    if _COMMAS.fullmatch(text):
        return float(text.replace(",", "")), ""
    if _SPACED.fullmatch(text):
        value = float(re.sub(r"[^0-9]", "", text))
        return value, f"{text!r} read as {value:.0f} (unusual thousands separator)"
    if decimal := _DECIMAL.fullmatch(text):
        thousands = int(decimal.group(1)) * 1000 + int(decimal.group(2).ljust(3, "0"))
        return np.nan, f"{text!r} has a decimal point: not read ({thousands} if it stands for thousands)"
    return np.nan, f"{text[:40]!r} is not a number: not read"


def counts(cells: pd.Series, marks: Marks = UNDECLARED) -> pd.DataFrame:
    """``value`` (persons, NaN where not read) and ``problem`` (empty where none) of a column of counts."""
    read = [count_of(cell, marks) for cell in cells]
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
    marks: Marks = UNDECLARED,
) -> pd.Series:
    """Numbers as float64, with the missing codes made NaN; text is read by the declared marks, if any are.

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
        if marks:
            tidy = tidy.map(lambda cell: marks.number(cell.strip()) if isinstance(cell, str) else cell)
        values = pd.to_numeric(tidy, errors="coerce").astype("float64")
    bad = (~empty & ~np.isfinite(values)).to_numpy()
    if whole:
        finite = values.to_numpy(copy=True)
        finite[~np.isfinite(finite)] = 0
        bad = bad | (finite != np.floor(finite))
    wanted = "a whole number" if whole else "a number"
    refuse(cells, bad, wanted, file=file, lines=lines, column=column, found=short)
    return values.mask(values.isin(missing)) if missing else values


def dates(cells: pd.Series, lines: list[int], file: Path, column: str) -> pd.Series:
    """Dates (datetime64, NaT where missing) of cells year-month-day; anything else is an InputError."""
    out = pd.to_datetime(texts(cells), format="%Y-%m-%d", errors="coerce")
    bad = out.isna() & ~texts(cells).isna()
    refuse(cells, bad, "a date year-month-day", file=file, lines=lines, column=column, found=short)
    return out


def short(cell: object) -> str:
    """A cell as an error shows it, cut where it is long."""
    return repr(cell)[:60]
