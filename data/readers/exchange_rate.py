"""Exchange-rate regimes and the currencies that they are tied to (Ilzetzki, Reinhart & Rogoff 2019)."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.common.refuse import refuse
from data.names.states import ccode_of_name
from data.readers.files import load
from data.readers.layout import read, stack, tidy

PEG, CRAWLING, MANAGED, FREE, FALLING, DUAL = range(1, 7)
LABELS = {
    PEG: "peg",
    CRAWLING: "crawling_peg",
    MANAGED: "managed_float",
    FREE: "free_float",
    FALLING: "freely_falling",
    DUAL: "dual_market",
}
#: Cell of the line of codes of countries, below titles; months stand in its column, and these words.
MONTHS = "ISO3 Code"
OTHER_LINES = ("Country", "IMF Code", "")
_MONTH = r"\d{4}M(?:0?[1-9]|1[0-2])"
_ISO3 = re.compile(r"[A-Z]{3}")


def regimes(path: Path | str) -> pd.DataFrame:
    """Coarse regime by country and year: ``country``, ``ccode`` (Int64), ``year``, ``regime`` (1-6), ``label``.

    A member of a currency union has a peg. The source has countries for years in which they were parts of others.

    Raises
    ------
    InputError
        For a fault of the file, or a number whose label says another regime.
    """
    frame = read(path, "exchange_rate.regime")
    named = frame["regime"].map(LABELS)
    wrong, expected = named != frame["label"], named.map("{!r}, as coarse_regime says".format)
    refuse(frame["label"], wrong, expected, file=path, column="regime_label", found=repr)
    frame["ccode"] = _codes(frame, path)
    return frame


def _codes(frame: pd.DataFrame, path: Path | str) -> pd.Series:
    """Codes of the countries as printed, missing in years in which one was no state; Int64."""
    found: dict[tuple[str, int], int | None] = {}
    for name, rows in frame.groupby("country", sort=False):
        faults = []
        for line, year in rows["year"].items():
            try:
                found[str(name), int(year)] = ccode_of_name(str(name), int(year), "exchange_rate")
            except InputError as error:
                faults.append((line, error))
        if len(faults) == len(rows):
            line, error = faults[0]
            raise InputError(error.found, error.expected, file=path, row=int(line), column="country")
    codes = [found.get((name, year)) for name, year in zip(frame["country"], frame["year"], strict=True)]
    return pd.Series(codes, index=frame.index, dtype="Int64")


def anchors(path: Path | str) -> pd.DataFrame:
    """Reference currency at the end of each year: ``iso3``, ``ccode`` (Int64), ``year``, ``anchor``.

    The file is a sheet for people: titles above the codes of countries, a month a line. ``anchor`` is a currency code,
    two of them for a basket (USD-EUR), or missing: freely falling, not applicable, or a currency that is itself one.

    Raises
    ------
    InputError
        Where the codes do not stand where the layout has them, or no line is a December.
    """
    raw = load(path, header_cell=MONTHS)
    first = raw.columns[MONTHS].map(lambda cell: str(cell).strip())
    other = ~first.str.fullmatch(_MONTH) & ~first.isin(OTHER_LINES)
    filled = pd.DataFrame(raw.columns).drop(columns=MONTHS).map(lambda cell: str(cell).strip() != "")
    odd = other | ((first == "") & filled.any(axis=1))
    refuse(first, odd, "a month such as 1990M12", file=path, lines=raw.lines, column=MONTHS)
    december = first.str.fullmatch(r"\d{4}M12")
    if not december.any():
        raise InputError("no line of a December", "lines such as 1990M12", file=path, column=MONTHS)
    short = raw.rows(december.to_numpy())
    short.columns[MONTHS] = short.columns[MONTHS].map(lambda cell: str(cell).strip()[:4])
    codes = {name: name for name in raw.columns if _ISO3.fullmatch(name)}
    frame = tidy(stack(short, [MONTHS], codes, "iso3", "anchor"), "exchange_rate.anchor")
    frame["anchor"] = frame["anchor"].where(frame["anchor"].str.fullmatch(r"[A-Z]{3}(-[A-Z]{3})?"))
    return frame
