"""The analysis table of Afghanistan 2001-2014 rebuilt from raw files alone, in the columns of the merged file.

No number is taken from the authors' merged file. Where that file made an error the rebuilt column differs on
purpose; `data.rebuilt.diff` says in which rows and why.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.added_up import totals
from data.facts.bundled import Facts
from data.panels.contributor_lists import labelled
from data.readers.cow import with_partner
from data.readers.regime import one_per_state_year
from data.sources.official_files import ARMED_FORCES, CASUALTIES, LISTS, WDI
from data.tables.reading import official
from data.treaties.atop import in_force, members

YEARS = (2001, 2014)
LEADER, THEATRE = 2, 700
FORMED_LISTS = ("troops_iiss", "troops_nato")
COLUMNS = (
    "troops_total",
    "troops_afghan_final",
    "pctagreeus",
    "idealpoint",
    "ideal_dist",
    "milex",
    "milper",
    "tpop",
    "cinc",
    "polity2",
    "dem",
    "us_ally",
    "distance",
    "gdp",
    "gdppc",
    "casualties",
)
"""Columns that the merged file has too, under the same names and in the same units."""

_KEY = ["ccode", "year"]


def rebuild(folder: str | Path) -> pd.DataFrame:
    """Build the table from IISS, placemats, UN voting, NMC 5, Polity5, ATOP, WDI, iCasualties and distances.

    Returns
    -------
    DataFrame
        One row a state of the system and year, 2001-2014: ``ccode, year, state``, `COLUMNS`, the counts behind
        the outcome (``troops_iiss``, ``troops_nato``: persons, NaN where no list covers the year, 0 where a
        list leaves the state out) and ``casualties_lagged``. Units as in the merged file: persons, `milper` and
        `tpop` in thousands, `milex` in thousand USD, `gdp` in current USD, `distance` in km, agreement 0-1.
        ``troops_afghan_final`` is the IISS count and, for 2014, which no edition describes, the placemat
        nearest mid-year. Casualties are those of the year, as in the merged file.
    """
    table = _states()
    for part in (
        _iiss_troops(folder),
        _nato_troops(folder),
        _armed_forces(folder),
        _voting(folder),
        _capabilities(folder),
        _polity(folder),
        _distance(folder),
        _economy(folder),
    ):
        table = table.merge(part, on=_KEY, how="left", validate="one_to_one")
    for name, years in (("troops_iiss", (2001, 2013)), ("troops_nato", (2007, 2014))):
        absent = table[name].isna() & ~table[f"{name}_named"].eq(True) & table["year"].between(*years)
        table[name] = table[name].mask(absent, 0.0)
    table["troops_afghan_final"] = table["troops_iiss"].where(table["year"] < 2014, table["troops_nato"])
    own = table[table["ccode"] == LEADER].set_index("year")["idealpoint"]
    table["ideal_dist"] = (table["idealpoint"] - table["year"].map(own)).abs()
    table = table.drop(columns=[f"{name}_named" for name in FORMED_LISTS])
    return _deaths(_allies(table, folder), folder).reset_index(drop=True)


def _states() -> pd.DataFrame:
    """Every state of the system in every year of the period."""
    states = Facts()("states")
    years = pd.DataFrame({"year": np.arange(YEARS[0], YEARS[1] + 1, dtype=float)})
    grid = states[["ccode", "state", "since"]].merge(years, how="cross")
    grid = grid[grid["since"].isna() | (grid["since"] <= grid["year"])]
    return grid[["ccode", "year", "state"]].reset_index(drop=True)


def afghan_rows(folder: str | Path) -> pd.DataFrame:
    """Rows of the deployments table that are of ISAF or Enduring Freedom in Afghanistan, by the bundled labels."""
    frame = official(folder, *LISTS["iiss"])
    labels = Facts()("iiss_labels")
    hit = labelled(frame, labels[labels["operation"] == "Afghanistan"])
    return frame[hit & frame["ccode"].notna()].astype({"ccode": float, "year": float})


def _iiss_troops(folder: str | Path) -> pd.DataFrame:
    rows = afghan_rows(folder)
    table = totals(rows, _KEY).rename(columns={"troops": "troops_iiss"})
    return table.assign(troops_iiss_named=True)


def _nato_troops(folder: str | Path) -> pd.DataFrame:
    """The dated placemat nearest 1 July of each year; of two rows of a state the larger."""
    frame = official(folder, "placemats.dated")
    frame = frame[frame["ccode"].notna() & frame["date"].notna()].astype({"ccode": float, "year": float})
    dates = frame[["year", "date"]].drop_duplicates()
    middle = pd.to_datetime(dates["year"].astype(int).astype(str) + "-07-01")
    dates = dates.assign(apart=(dates["date"] - middle).abs()).sort_values(["apart", "date"])
    chosen = frame.merge(dates.drop_duplicates("year")[["date"]], on="date")
    table = chosen.groupby(_KEY, as_index=False)["troops"].max().rename(columns={"troops": "troops_nato"})
    return table.assign(troops_nato_named=True)


def _armed_forces(folder: str | Path) -> pd.DataFrame:
    table = official(folder, *ARMED_FORCES)
    return _tidy(table[table["armed_forces"].notna()], {"armed_forces": "troops_total"})


def _voting(folder: str | Path) -> pd.DataFrame:
    """Agreement with the United States, and ideal points on the authors' scale: the period's range is 1."""
    table = official(folder, "un_ideal_points.release2018")
    table = table[table["year"].between(*YEARS)]
    low, high = table["ideal_point"].min(), table["ideal_point"].max()
    scaled = table.assign(idealpoint=(table["ideal_point"] - low) / (high - low))
    return _tidy(scaled, {"agree_usa": "pctagreeus", "idealpoint": "idealpoint"})


def _capabilities(folder: str | Path) -> pd.DataFrame:
    table = official(folder, "cow_nmc.capabilities", "5.0")
    return _tidy(table, {name: name for name in ("milex", "milper", "tpop", "cinc")})


def _polity(folder: str | Path) -> pd.DataFrame:
    """Polity5; a democracy has a democracy score of 6 or more, and none where the score is a code."""
    table = one_per_state_year(official(folder, "polity.state_year"))
    dem = (table["democ"] >= 6).astype(float).where(table["democ"].notna())
    return _tidy(table.assign(dem=dem), {"polity2": "polity2", "dem": "dem"})


def _distance(folder: str | Path) -> pd.DataFrame:
    """Km to Kabul of each year; the last year of the file, 2008, stands for the later ones."""
    table = official(folder, "capital_distance.dyad")
    own = with_partner(table, THEATRE).rename(columns={"capital_distance": "distance"})
    last = own[own["year"] == own["year"].max()]
    later = pd.concat([last.assign(year=year) for year in range(int(last["year"].max()) + 1, YEARS[1] + 1)])
    return _tidy(pd.concat([own, later]), {"distance": "distance"})


def _economy(folder: str | Path) -> pd.DataFrame:
    parts = []
    for series, place in WDI.items():
        part = official(folder, *place)
        parts.append(_tidy(part, {"value": series}))
    table = parts[0].merge(parts[1], on=_KEY, how="outer")
    return table.assign(gdppc=table["gdp"] / table["population"]).drop(columns="population")


def _allies(table: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    bound = in_force(members(folder), {float(LEADER)}, YEARS)[_KEY].drop_duplicates().assign(bound=1.0)
    table = table.merge(bound, on=_KEY, how="left")
    return table.assign(us_ally=table["bound"].fillna(0.0)).drop(columns="bound")


def _deaths(table: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Deaths in the year and the year before; a state that the list leaves out had none."""
    frame = official(folder, *CASUALTIES["ISAF"])
    frame = frame[frame["ccode"].notna()].astype({"ccode": float, "year": float, "deaths": float})
    deaths = frame.groupby(_KEY)["deaths"].sum()
    for name, lag in (("casualties", 0), ("casualties_lagged", 1)):
        keys = pd.MultiIndex.from_arrays([table["ccode"], table["year"] - lag])
        table[name] = deaths.reindex(keys).fillna(0.0).to_numpy()
    return table


def _tidy(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Keep the key and the named columns of the rows that are states in the period."""
    held = table[table["ccode"].notna()].rename(columns=names)
    held = held[[*_KEY, *names.values()]].astype(float)
    return held[held["year"].between(*YEARS)].reset_index(drop=True)
