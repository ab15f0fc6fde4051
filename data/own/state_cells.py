"""Cells of one's own table that name a state: the state that they mean in their year, or one line that says why not.

Stricter than the readers of official files, whose habits are known: a code or a name stands for the state that it
names, or for the same state under another number, never for a predecessor or a successor.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.names.states import (
    ccode_of_iso3,
    ccode_of_name,
    cow_code,
    ended_states,
    iso3_of_number,
    state_names,
)
from data.own.cells import MERGED
from data.own.sheets import place_of
from data.readers.cells import is_missing

NO_STATE = "none"
CODES = {
    "name": "the name of a state",
    "iso3": "an ISO 3166 alpha-3 code",
    "iso_numeric": "an ISO 3166 numeric code",
    "cow": "a Correlates of War code",
}
"""How a table may write its states, and what is expected of a cell then."""

# One state under two numbers: Germany, Yemen, Serbia in the numbering of Gleditsch and Ward, and Korea.
_SAME = ({255, 260}, {678, 679}, {340, 345}, {730, 732})
_TODAY = 2016  # the last year of the list of members; all of today's states are on it


def state_of(cell: object, year: int, codes: str, renamed: dict[str, str] | None = None) -> int | None:
    """The Correlates of War code of a state as a cell writes it; None for what is known to be no state.

    Parameters
    ----------
    cell : object
        The cell as printed.
    year : int
        Calendar year of the row.
    codes : {"name", "iso3", "iso_numeric", "cow"}
        How the table writes states.
    renamed : dict, optional
        What stands in a cell, and what is read instead; ``"none"`` is no state.

    Raises
    ------
    InputError
        For an empty cell, a name or code that no state has, and a state that did not exist in the year.
    """
    if is_missing(cell):
        empty = cell is None or not isinstance(cell, str) or not cell.strip()
        raise InputError("an empty cell" if empty else repr(cell), f"a state {MERGED}")
    text = " ".join(str(cell).split())
    text = (renamed or {}).get(text, text)
    if text == NO_STATE:
        return None
    printed, ccode = _reading(text, year, codes)
    if ccode is None:
        return None
    if printed not in (None, ccode) and not any({printed, ccode} <= same for same in _SAME):
        known = state_names()
        raise InputError(
            f"{text!r}, which in {year} would be {known[ccode]}", "a state by its name or code in that year"
        )
    name, first, last = ended_states().get(ccode, ("", year, year))
    if not first <= year <= last:
        raise InputError(
            f"the state {text!r} in {year}",
            f"a year in which {name} was in the state system ({first}-{last})",
        )
    return ccode


def _reading(text: str, year: int, codes: str) -> tuple[int | None, int | None]:
    """What a cell says by itself, and what it means in the year; the two differ for a state of another time."""
    if codes == "cow":
        given = _number(text, codes)
        ccode = cow_code(given, year)
        if ccode is None or ccode not in state_names() or (given not in state_names() and given != 340):
            raise InputError(f"the state code {text}", f"{CODES[codes]}{_near(given)}")
        return given, ccode
    if codes == "name":
        return _today(ccode_of_name, text, year)
    iso3 = text.upper()
    if codes == "iso_numeric":
        iso3 = iso3_of_number(_number(text, codes))
        if iso3 is None:
            raise InputError(f"the state code {text}", CODES[codes])
    return _today(ccode_of_iso3, iso3, year)


def _today(read, text: str, year: int) -> tuple[int | None, int | None]:
    ccode = read(text, year)
    try:
        return read(text, max(year, _TODAY)), ccode
    except InputError:  # a state that is no more: nothing of today bears its name
        return ccode, ccode


def _number(text: str, codes: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}(\.0+)?", text):
        raise InputError(repr(text), CODES[codes])
    return int(float(text))


def _near(code: int) -> str:
    known = {str(number): name for number, name in state_names().items()}
    close = sorted(known, key=lambda number: abs(int(number) - code))[:2]
    similar = [
        n for n in difflib.get_close_matches(str(code), list(known), n=2, cutoff=0.6) if n not in close
    ]
    return " (near: " + ", ".join(f"{number} {known[number]}" for number in close + similar) + ")"


def refuse_outsiders(rows: pd.DataFrame, spells: pd.DataFrame, file: str | Path) -> None:
    """Refuse a contributor or a leader in a year in which it was in no state system.

    Parameters
    ----------
    rows : DataFrame
        Index: line of the file. ``ccode``, ``leader`` (codes, NaN for no state), ``date``, ``sheet`` ("" for none).
    spells : DataFrame
        ``ccode, start_year, end_year``: spells of membership; the last year of the list stands for ever after.
    file : path
        For the message.

    Raises
    ------
    InputError
        With the first such row: its line, the state, and its years.
    """
    last = spells["end_year"].max()
    members = {}
    for spell in spells.itertuples():
        end = 9999 if spell.end_year == last else int(spell.end_year)
        members.setdefault(int(spell.ccode), []).append((int(spell.start_year), end))
    for column, name in (("ccode", "state"), ("leader", "leader")):
        cells = zip(rows.index, rows["sheet"], rows[column], rows["date"], strict=True)
        for line, sheet, code, date in cells:
            if pd.isna(code) or any(a <= date.year <= b for a, b in members.get(int(code), [])):
                continue
            years = ", ".join(f"{a}-{'' if b == 9999 else b}" for a, b in members.get(int(code), []))
            state = state_names().get(int(code), f"the code {code:g}")
            raise InputError(
                f"{state} in {date.year}",
                f"a year in which it was in the state system ({years or 'never'})",
                file=place_of(file, sheet),
                row=int(line),
                column=name,
            )
