"""The sources behind Gannon & Kent's merged file, each as one tidy table of states and years.

IISS deployments, NATO placemats, casualties and World Bank series. Editions of IISS describe the year before: every
``year`` here is the year described.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.facts.bundled import fact
from data.sources.official_files import CASUALTIES, LISTS
from data.tables.reading import official

SOURCES = (LISTS["iiss"], LISTS["nato"], CASUALTIES["ISAF"], ("wdi.databank", ""))
"""Tables, each with its version, that the corrections read."""

# The authors' definition of a contribution to Afghanistan, recovered from their totals: these operations
# ("OEF - HOA" is Enduring Freedom, mislabelled), located in Afghanistan; UN observers wherever listed.
OPERATIONS = ("ISAF", "OEF - HOA", "UNAMA")
LOCATIONS = ("Afghanistan", "Afg")


def states() -> pd.DataFrame:
    """The bundled list of states: columns ``ccode`` (int), ``iso3``, ``state``."""
    return fact("states")[["ccode", "iso3", "state"]].astype({"ccode": int})


def deployments(folder: str | Path) -> pd.DataFrame:
    """Troops in Afghanistan by state and year, from the IISS editions 2002-2014.

    Returns
    -------
    DataFrame
        Columns ``ccode, year, troops`` (persons, every readable count added up) and ``separator``, true where
        a count of that state and year is written with a thousands separator. Years 2001-2013.

    Raises
    ------
    InputError
        Missing file or column, or a state that is not known.
    """
    frame = official(folder, *LISTS["iiss"])
    here = frame["location"].isin(LOCATIONS) | (frame["operation"] == "UNAMA")
    frame = frame[here & frame["operation"].isin(OPERATIONS)].astype({"ccode": int})
    frame["separator"] = frame["troops_text"].fillna("").str.contains(",")
    return frame.groupby(["ccode", "year"], as_index=False).agg(
        troops=("troops", "sum"), separator=("separator", "any")
    )


def placemats(folder: str | Path) -> pd.DataFrame:
    """Troops in ISAF by state and year, from NATO's dated placemats 2007-2014.

    A year's number is the median over its dates: single placemats carry misprints (the United Kingdom 500
    between two lists of 9,500), and twice a row repeats its neighbour's name; of two rows for one state and
    date the larger stands.

    Returns
    -------
    DataFrame
        Columns ``ccode, year, troops`` (persons, rounded), ``dates`` (how many lists), ``low``, ``high``.

    Raises
    ------
    InputError
        Missing file or column, or a state that is not known.
    """
    frame = official(folder, *LISTS["nato"], "stand").dropna(subset=["troops"]).astype({"ccode": int})
    lists = frame.groupby(["ccode", "year", "month", "day"], as_index=False)["troops"].max()
    years = lists.groupby(["ccode", "year"], as_index=False)["troops"].agg(
        troops="median", dates="size", low="min", high="max"
    )
    return years.assign(troops=years["troops"].round())


def casualties(folder: str | Path) -> pd.DataFrame:
    """Deaths of coalition soldiers in Afghanistan by state and year (iCasualties, 2001-2018).

    Returns
    -------
    DataFrame
        Columns ``ccode, year, casualties`` (persons). States without a column had none.

    Raises
    ------
    InputError
        Missing file or column, a cell that is no number, or a state that is not known.
    """
    frame = official(folder, *CASUALTIES["ISAF"]).rename(columns={"deaths": "casualties"})
    frame = frame.dropna(subset=["ccode"])[["ccode", "year", "casualties"]]
    return frame.astype({"ccode": int, "casualties": float}).reset_index(drop=True)


def world_bank(folder: str | Path) -> pd.DataFrame:
    """GDP, GDP per head and population by state and year, joined by ISO code (WDI, 2000-2020).

    Returns
    -------
    DataFrame
        Columns ``ccode, iso3, year, gdp, gdppc`` (current US dollars) and ``population`` (persons).

    Raises
    ------
    InputError
        Missing file or column.
    """
    series = {"gdp": "gdp", "gdppc": "gdp_per_capita", "population": "population"}
    parts = [
        official(folder, "wdi.databank", "", code).set_index(["iso3", "year"])["value"].rename(name)
        for name, code in series.items()
    ]
    return states()[["ccode", "iso3"]].merge(pd.concat(parts, axis=1).reset_index(), on="iso3")
