"""Which state a printed name or code means in a given year, as a Correlates of War code.

A whole name must match: a line of a visible table of exceptions first, then a short or official name of the
country_converter library or of this project. Nothing is guessed: a name that none knows is an error with the
nearest names. Codes of other numberings, and of states that changed, are resolved by year through
``name_tables/historical_codes.csv``.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.common.near import near
from data.names.whole_names import fold, readings, two_names

TABLES = Path(__file__).with_name("name_tables")
_STATES = (Path(__file__).parent / "../bundled").resolve() / "states.csv"
ANY_YEAR = (0, 9999)
Spells = list[tuple[int, int, int | None]]


def rows_of(path: Path | Traversable, delimiter: str = ",") -> list[dict[str, str]]:
    """Rows of a table that comes with the code, as text."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def _spells[K](name: str, key: Callable[[dict[str, str]], K]) -> dict[K, Spells]:
    """What the lines of a table stand for, in which years and as which state."""
    table: dict[K, Spells] = {}
    for row in rows_of(TABLES / name):
        first, last = int(row["year_from"] or ANY_YEAR[0]), int(row["year_to"] or ANY_YEAR[1])
        spell = (first, last, int(row["ccode"]) if row["ccode"] else None)
        table.setdefault(key(row), []).append(spell)
    return table


@lru_cache(maxsize=1)
def _exceptions() -> dict[tuple[str, str], Spells]:
    return _spells("name_exceptions.csv", lambda row: (fold(row["name"]), row["context"]))


@lru_cache(maxsize=1)
def _codes() -> dict[tuple[str, int], Spells]:
    return _spells("historical_codes.csv", lambda row: (row["scheme"], int(row["code"])))


@lru_cache(maxsize=1)
def _library() -> list[dict[str, str]]:
    """The library's table of countries, read as text: its own loader needs an older pandas."""
    return rows_of(files("country_converter") / "country_data.tsv", "\t")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The library's patterns, for suggestions only: they find a state's name anywhere in a text."""
    return [
        (re.compile(row["regex"], re.IGNORECASE), row["name_short"]) for row in _library() if row["regex"]
    ]


@lru_cache(maxsize=1)
def _whole() -> dict[str, Spells]:
    """Spells of every whole name of the library and of this project's list of states, folded."""
    table = {
        fold(row[name]): _iso3()[row["ISO3"]]
        for row in _library()
        for name in ("name_short", "name_official")
        if row["ISO3"]
    }
    for row in rows_of(_STATES):
        table.setdefault(fold(row["state"]), _iso3()[row["iso3"]])
    return table


@lru_cache(maxsize=1)
def ended_states() -> dict[int, tuple[str, int, int]]:
    """States that are no more: name, first and last year in the state system, by COW code."""
    return {
        int(row["ccode"]): (row["state"], int(row["first"]), int(row["last"]))
        for row in rows_of(TABLES / "ended_states.csv")
    }


@lru_cache(maxsize=1)
def state_names() -> dict[int, str]:
    """The name of every state that the Correlates of War number, past and present, by code."""
    names = {int(row["ccode"]): row["state"] for row in rows_of(_STATES)}
    return names | {code: name for code, (name, _, _) in ended_states().items()}


@lru_cache(maxsize=1)
def _iso3() -> dict[str, Spells]:
    table = _spells("iso3_codes.csv", lambda row: row["iso3"])
    for row in _library():
        if row["ISO3"] and row["ISO3"] not in table:
            code = row["GWcode"].strip()
            table[row["ISO3"]] = [
                (*ANY_YEAR, cow_code(int(float(code)), ANY_YEAR[1], "gw") if code else None)
            ]
    return table


def _in_year(spells: Spells, year: int) -> tuple[bool, int | None]:
    for first, last, ccode in spells:
        if first <= year <= last:
            return True, ccode
    return False, None


@lru_cache(maxsize=100_000)
def cow_code(code: int, year: int, scheme: str = "cow") -> int | None:
    """The Correlates of War code of a state that a source numbers ``code`` in ``year``.

    Parameters
    ----------
    code : int
        The source's number.
    year : int
        Calendar year; a state that changed within a year counts as what it was at its end.
    scheme : {"cow", "gw", "polity"}
        The source's numbering. ``cow`` mends only codes that did not exist in the year.

    Returns
    -------
    int or None
        None for an entity outside the state system.
    """
    known, ccode = _in_year(_codes().get((scheme, code), []), year)
    return ccode if known else code


def cow_codes(codes: Iterable[int], years: Iterable[int], scheme: str = "cow") -> pd.Series:
    """``cow_code`` for columns; Int64, missing outside the state system, with the index of ``codes``."""
    out = [
        None if pd.isna(code) else cow_code(int(code), int(year), scheme)
        for code, year in zip(codes, years, strict=True)
    ]
    return pd.Series(out, index=getattr(codes, "index", None), dtype="Int64")


@lru_cache(maxsize=100_000)
def ccode_of_iso3(iso3: str, year: int) -> int | None:
    """The COW code behind an ISO 3166 alpha-3 code (or a retired one) in a year; None if it is no state.

    Raises
    ------
    InputError
        For a code that neither the library nor the table of exceptions knows, or of a state that did not
        exist in the year.
    """
    table = _iso3()
    if iso3 not in table:
        # One letter of three is a third of a code: looser than `near` is with names.
        close = difflib.get_close_matches(iso3, list(table), n=3, cutoff=0.6)
        raise InputError(
            f"the code {iso3!r}", f"an ISO 3166 alpha-3 code (near: {', '.join(close) or 'none'})"
        )
    known, ccode = _in_year(table[iso3], year)
    if not known:
        raise InputError(f"the state {iso3!r} in {year}", _existed(table[iso3]))
    return ccode


def _existed(spells: Spells) -> str:
    """A year in which it existed, and which those are."""
    years = [
        f"from {first}"
        if last == ANY_YEAR[1]
        else f"to {last}"
        if first == ANY_YEAR[0]
        else f"{first}-{last}"
        for first, last, _ in spells
    ]
    return f"a year in which it existed ({', '.join(years)})"


@lru_cache(maxsize=20_000)
def ccode_of_name(name: str, year: int, context: str = "") -> int | None:
    """The COW code of a state as printed, in a year.

    Parameters
    ----------
    name : str
        The whole name, in any common spelling; a part behind a comma or in brackets belongs to it.
    year : int
        Calendar year: "Germany" is 260 in 1985 and 255 in 2010.
    context : str
        The source; some names mean another state there (see ``name_tables/name_exceptions.csv``).

    Returns
    -------
    int or None
        None for what the exceptions declare to be no state (a sum, an entity, a territory).

    Raises
    ------
    InputError
        For a name that as a whole is no state's, with suggestions, or of a state that did not exist in the
        year.
    """
    for key in readings(name):
        found = _read(key, year, context)
        if found is not None:
            if not found[0]:
                raise InputError(f"the state {name!r} in {year}", _existed(found[2]))
            return found[1]
    both = two_names(name)
    if both:
        read = [_read(key, year, context) for key in both]
        codes = {found[1] if found is not None and found[0] else -1 for found in read}
        if len(codes) == 1 and -1 not in codes:
            return codes.pop()
    raise InputError(
        f"the state name {name!r}",
        f"a name such as {_suggestions(name)} (or a line in a table of exceptions)",
    )


def _read(key: str, year: int, context: str) -> tuple[bool, int | None, Spells] | None:
    """Whether a folded whole name stood for anything in a year, what, and its spells; None if unknown."""
    spells: Spells = []
    for where in dict.fromkeys((context, "")):
        spells = _exceptions().get((key, where), [])
        known, ccode = _in_year(spells, year)
        if known:
            return True, None if ccode is None else cow_code(ccode, year), spells
    spells = spells or _whole().get(key, [])
    return (*_in_year(spells, year), spells) if spells else None


def _suggestions(name: str) -> str:
    """The states whose names stand somewhere in a name, or else those with the nearest names."""
    words = fold(name).split()
    inside = {short for pattern, short in _patterns() if pattern.search(name)}
    inside |= {known for word in words if (known := _known_names().get(word))}
    if inside:
        return " or ".join(sorted(inside)[:4])
    close = near(fold(name), _known_names(), 4)
    return " or ".join(dict.fromkeys(_known_names()[key] for key in close)) or "'United Kingdom'"


@lru_cache(maxsize=1)
def _known_names() -> dict[str, str]:
    """From every folded name of a state to the name that this project gives the state."""
    table = {
        key: state_names()[spells[-1][2]] for key, spells in _whole().items() if spells[-1][2] is not None
    }
    for row in rows_of(TABLES / "name_exceptions.csv"):
        if row["ccode"]:
            table.setdefault(fold(row["name"]), state_names()[int(row["ccode"])])
    return table


def ccodes_of_names(
    names: pd.Series,
    years: Iterable[int],
    context: str = "",
    *,
    file: Path | str | None = None,
    column: str = "",
) -> pd.Series:
    """``ccode_of_name`` for a column whose index is the lines of the file; Int64, missing for no state.

    Raises
    ------
    InputError
        For the first name that is not matched, with file, row and column.
    """
    out: list[int | None] = []
    for line, name, year in zip(names.index, names, years, strict=True):
        if not isinstance(name, str) or not name:
            out.append(None)
            continue
        try:
            out.append(ccode_of_name(name, int(year), context))
        except InputError as error:
            raise InputError(
                error.found, error.expected, file=file, row=line, column=column or None
            ) from error
    return pd.Series(out, index=names.index, dtype="Int64")


def ccodes_of_iso3(codes: pd.Series, years: Iterable[int]) -> pd.Series:
    """``ccode_of_iso3`` for a column; missing where a code is nobody's (an aggregate), or no state's in the year."""
    known = _iso3()
    out = [
        _in_year(known[code], int(year))[1] if isinstance(code, str) and code in known else None
        for code, year in zip(codes, years, strict=True)
    ]
    return pd.Series(out, index=codes.index, dtype="Int64")


@lru_cache(maxsize=1)
def _numeric() -> dict[int, str]:
    retired = {int(row["number"]): row["iso3"] for row in rows_of(TABLES / "iso_numbers.csv")}
    return retired | {
        int(row["ISOnumeric"]): row["ISO3"] for row in _library() if row["ISOnumeric"].strip().isdigit()
    }


def iso3_of_number(number: int) -> str | None:
    """The ISO 3166 alpha-3 code of an ISO 3166 numeric code, a retired one included; None if there is none."""
    return _numeric().get(number)
