"""Which state a printed name or code means in a given year, as a Correlates of War code.

Names go through a visible table of exceptions first, then through the patterns of the country_converter
library. Nothing is guessed: a name that neither knows is an error with the nearest names. Codes of other
numberings, and of states that changed, are resolved by year through ``name_tables/historical_codes.csv``.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from data.errors import InputError

TABLES = Path(__file__).with_name("name_tables")
ANY_YEAR = (0, 9999)


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _years(row: dict[str, str]) -> tuple[int, int]:
    return int(row["year_from"] or ANY_YEAR[0]), int(row["year_to"] or ANY_YEAR[1])


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower().replace("’", "'").replace("'", "")).strip()


@lru_cache(maxsize=1)
def _exceptions() -> dict[tuple[str, str], list[tuple[int, int, int | None]]]:
    table: dict[tuple[str, str], list[tuple[int, int, int | None]]] = {}
    for row in _rows("name_exceptions.csv"):
        spell = (*_years(row), int(row["ccode"]) if row["ccode"] else None)
        table.setdefault((_fold(row["name"]), row["context"]), []).append(spell)
    return table


@lru_cache(maxsize=1)
def _codes() -> dict[tuple[str, int], list[tuple[int, int, int | None]]]:
    table: dict[tuple[str, int], list[tuple[int, int, int | None]]] = {}
    for row in _rows("historical_codes.csv"):
        spell = (*_years(row), int(row["ccode"]) if row["ccode"] else None)
        table.setdefault((row["scheme"], int(row["code"])), []).append(spell)
    return table


@lru_cache(maxsize=1)
def _library() -> list[dict[str, str]]:
    """The library's table of countries, read as text: its own loader needs an older pandas."""
    with (files("country_converter") / "country_data.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(row["regex"], re.IGNORECASE), row["ISO3"]) for row in _library() if row["regex"]]


@lru_cache(maxsize=1)
def _iso3() -> dict[str, list[tuple[int, int, int | None]]]:
    table: dict[str, list[tuple[int, int, int | None]]] = {}
    for row in _rows("iso3_codes.csv"):
        spell = (*_years(row), int(row["ccode"]) if row["ccode"] else None)
        table.setdefault(row["iso3"], []).append(spell)
    for row in _library():
        if row["ISO3"] and row["ISO3"] not in table:
            code = row["GWcode"].strip()
            table[row["ISO3"]] = [
                (*ANY_YEAR, cow_code(int(float(code)), ANY_YEAR[1], "gw") if code else None)
            ]
    return table


def _in_year(spells: list[tuple[int, int, int | None]], year: int) -> tuple[bool, int | None]:
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
        For a code that neither the library nor the table of exceptions knows.
    """
    table = _iso3()
    if iso3 not in table:
        near = difflib.get_close_matches(iso3, list(table), n=3, cutoff=0.6)
        raise InputError(
            f"the code {iso3!r}", f"an ISO 3166 alpha-3 code (near: {', '.join(near) or 'none'})"
        )
    return _in_year(table[iso3], year)[1]


@lru_cache(maxsize=20_000)
def ccode_of_name(name: str, year: int, context: str = "") -> int | None:
    """The COW code of a state as printed, in a year.

    Parameters
    ----------
    name : str
        The name, in any common spelling.
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
        For a name that matches no state or several, with suggestions.
    """
    folded = _fold(name)
    for where in (context, "") if context else ("",):
        spells = _exceptions().get((folded, where))
        if spells:
            known, ccode = _in_year(spells, year)
            if known:
                return None if ccode is None else cow_code(ccode, year)
    found = {iso3 for pattern, iso3 in _patterns() if pattern.search(name)}
    if len(found) == 1:
        iso3 = found.pop()
        known, ccode = _in_year(_iso3()[iso3], year)
        if not known:
            raise InputError(f"the state {name!r} in {year}", "a year in which it existed")
        return ccode
    near = _suggestions(name, found)
    raise InputError(
        f"the state name {name!r}{' that matches several' if found else ''}",
        f"a name such as {near} (or a line in a table of exceptions)",
    )


def _suggestions(name: str, found: set[str]) -> str:
    if found:
        return " or ".join(sorted(row["name_short"] for row in _library() if row["ISO3"] in found))
    folded = {_fold(row["name_short"]): row["name_short"] for row in _library()}
    near = difflib.get_close_matches(_fold(name), list(folded), n=3, cutoff=0.5)
    return " or ".join(folded[key] for key in near) or "'United Kingdom'"


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
    """``ccode_of_iso3`` for a column; a code that nobody knows (an aggregate) is missing, as is no state."""
    known = _iso3()
    out = [
        ccode_of_iso3(code, int(year)) if isinstance(code, str) and code in known else None
        for code, year in zip(codes, years, strict=True)
    ]
    return pd.Series(out, index=codes.index, dtype="Int64")


@lru_cache(maxsize=20_000)
def iso3_of_ccode(ccode: int, year: int) -> str | None:
    """The current ISO 3166 alpha-3 code of a state in a year; None where there is none."""
    current = {row["ISO3"] for row in _library()}
    hits = [iso3 for iso3, spells in _iso3().items() if _in_year(spells, year) == (True, ccode)]
    preferred = [iso3 for iso3 in hits if iso3 in current]
    return (preferred or hits or [None])[0]
