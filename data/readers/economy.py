"""GDP and population: World Development Indicators in three layouts."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.readers.files import load
from data.readers.layout import stack, tidy

_YEAR = re.compile(r"(?:X|YR)?(\d{4})(?: \[YR\d{4}\])?")
SERIES = {"gdp": "NY.GDP.MKTP.CD", "population": "SP.POP.TOTL", "gdp_per_capita": "NY.GDP.PCAP.CD"}


def wdi(path: Path | str, series: str = "gdp") -> pd.DataFrame:
    """One series of the World Development Indicators by country and year, whatever the layout.

    Parameters
    ----------
    path : path
        A long file (Country Code, Year, Value), a wide one (a column a year), or a DataBank export.
    series : str
        The code of the series (or a key of ``SERIES``) that is read from a DataBank export, which holds several.

    Returns
    -------
    DataFrame
        Index ``line``; columns ``country``, ``iso3``, ``ccode`` (Int64, missing for aggregates and what is
        no state), ``year``, ``value`` (current US dollars or persons; missing kept). Codes are ISO: a join on
        Correlates of War letter codes would give Austria Australia's GDP.

    Raises
    ------
    InputError
        For a fault of the file, or a series that it does not hold.
    """
    raw = load(path, encoding="cp1252")
    code = SERIES.get(series, series)
    years = {header: int(match[1]) for header in raw.columns if (match := _YEAR.fullmatch(header))}
    if not years:
        frame = tidy(raw, "wdi.long")
    elif "Series Code" in raw.columns:
        ids = ["Country Name", "Country Code", "Series Code"]
        frame = tidy(stack(raw, ids, years, "year", "value"), "wdi.databank")
        held = sorted(frame["series"].unique())
        if code not in held:
            raise InputError(
                f"the series {code!r}", f"one of {', '.join(held)}", file=path, column="Series Code"
            )
        frame = frame[frame["series"] == code].drop(columns="series")
    else:
        frame = tidy(stack(raw, ["Country Name", "Country Code"], years, "year", "value"), "wdi.wide")
    return frame
