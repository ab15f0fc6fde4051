"""The sources behind Gannon & Kent's merged file, each as one tidy table of states and years.

IISS deployments, NATO placemats, casualties and World Bank series, from the folder ``isaf_gannon_kent`` and
``worldbank``. Editions of IISS describe the year before: every ``year`` here is the year described.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from data.errors import InputError
from data.readers.cells import count_of
from data.readers.mend import printed_cells
from data.tables import find_file, read_table

BUNDLED = Path(__file__).resolve().parent / "bundled"
DEPLOYMENTS = "isaf_gannon_kent/iiss_deployment.csv"
PLACEMATS = "isaf_gannon_kent/nato_placemats__commit015d5f6_with_dates.csv"
CASUALTIES = "isaf_gannon_kent/afghan_casualties.csv"
WORLD_BANK = "worldbank/GDP__wdi_5_series_2000-2020.csv"

# The authors' definition of a contribution to Afghanistan, recovered from their totals: these operations
# ("OEF - HOA" is Enduring Freedom, mislabelled), located in Afghanistan; UN observers wherever listed.
OPERATIONS = ("ISAF", "OEF - HOA", "UNAMA")
LOCATIONS = ("Afghanistan", "Afg")

# Spellings of these four files that the state list does not know.
SPELLINGS = {
    "Bosnia & Herzegovina": 346,
    "Bosnia-Herzegovina": 346,
    "Czech": 316,
    "Czech Republic": 316,
    "FYROM": 343,
    "Korea, Republic of": 732,
    "Macedonia": 343,
    "Macedonia (FYROM)": 343,
    "Macedonia, Former Yugoslav Republic of": 343,
    "Republic of Korea": 732,
    "South Korea": 732,
    "The former Yugoslav Republic of Macedonia": 343,
    "Turkey": 640,
    "UAE": 696,
    "UK": 200,
    "United Arab Emrates": 696,
    "United Arab Erimates": 696,
    "United States": 2,
}
NO_STATE = ("NATO", "Total")
WORLD_BANK_SERIES = {"NY.GDP.MKTP.CD": "gdp", "NY.GDP.PCAP.CD": "gdppc", "SP.POP.TOTL": "population"}


@lru_cache(maxsize=1)
def states() -> pd.DataFrame:
    """The bundled list of states: columns ``ccode`` (int), ``iso3``, ``state``."""
    frame = read_table(BUNDLED / "states.csv", ("ccode", "iso3", "state"), numeric=("ccode",))
    return frame.astype({"ccode": int})


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
    path = find_file(folder, DEPLOYMENTS)
    frame = read_table(
        path, ("year", "location", "operational_org", "country", "count_total"), numeric=("year",)
    )
    here = frame["location"].isin(LOCATIONS) | (frame["operational_org"] == "UNAMA")
    frame = frame[here & frame["operational_org"].isin(OPERATIONS)]
    frame = frame.assign(
        ccode=_ccodes(frame["country"], path),
        year=frame["year"].astype(int) - 1,
        troops=[count_of(cell)[0] for cell in frame["count_total"]],
        separator=frame["count_total"].fillna("").str.contains(","),
    )
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
    path = find_file(folder, PLACEMATS)
    frame = read_table(
        path, ("year", "month", "day", "country", "count_total"), numeric=("year", "month", "day")
    )
    printed = printed_cells("placemats.dated", "troops")
    frame = frame.assign(
        ccode=_ccodes(frame["country"], path),
        year=frame["year"].astype(int),
        troops=[count_of(printed.get(cell, cell))[0] for cell in frame["count_total"]],
    ).dropna(subset=["troops"])
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
    path = find_file(folder, CASUALTIES)
    wide = read_table(path, ("Year",), numeric=("Year",), keep_all=True)
    names = [name for name in wide.columns if name not in ("Year", *NO_STATE)]
    long = wide.melt(id_vars="Year", value_vars=names, var_name="country", value_name="casualties")
    numbers = pd.to_numeric(long["casualties"], errors="coerce")
    if numbers.isna().any():
        bad = int(numbers.isna().to_numpy().argmax())
        column = long["country"].iloc[bad]
        row = bad % len(wide) + 2
        raise InputError(repr(long["casualties"].iloc[bad]), "a count", file=path, row=row, column=column)
    return pd.DataFrame(
        {
            "ccode": _ccodes(long["country"], path).to_numpy(),
            "year": long["Year"].astype(int).to_numpy(),
            "casualties": numbers.astype(float).to_numpy(),
        }
    )


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
    path = find_file(folder, WORLD_BANK)
    wide = read_table(path, ("Series Code", "Country Code"), keep_all=True, na_values=("..",))
    wide = wide[wide["Series Code"].isin(WORLD_BANK_SERIES)]
    years = [name for name in wide.columns if name[:4].isdigit()]
    long = wide.melt(id_vars=["Series Code", "Country Code"], value_vars=years, var_name="year")
    long = long.assign(
        year=long["year"].str[:4].astype(int), value=pd.to_numeric(long["value"]).astype(float)
    )
    table = long.set_index(["Country Code", "year", "Series Code"])["value"].unstack().reset_index()  # noqa: PD010
    table = table.rename(columns={"Country Code": "iso3", **WORLD_BANK_SERIES})
    table.columns.name = None
    return states()[["ccode", "iso3"]].merge(table, on="iso3")


def _ccodes(names: pd.Series, path: Path) -> pd.Series:
    known = dict(zip(states()["state"], states()["ccode"], strict=True)) | SPELLINGS
    codes = names.map(known)
    if codes.isna().any():
        bad = int(codes.isna().to_numpy().argmax())
        line = int(names.index[bad]) + 2
        raise InputError(repr(names.iloc[bad]), "the name of a state", file=path, row=line, column="country")
    return codes.astype(int)
