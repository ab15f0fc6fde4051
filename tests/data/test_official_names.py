"""Every name in a country column of the official files is read as it was, but for the corrections listed.

``official_names.csv`` holds the names with the years in which they occur and the state that they mean (``none``:
no state of the system; ``refused``: an aggregate, or a year in which there was no such state). ``once_read_as`` is
what a search for patterns inside a name had made of it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from data.common.errors import InputError
from data.names.states import ccode_of_name
from data.readers.files import load

# File, heading of the names, heading of the years (none: YEARS), and the source whose habits hold.
COLUMNS = """
aid/aidDataDisagg.rda|Receiver|year|
aid/aidDataDisagg.rda|Sender|year|
aid/aidDataDisagg.rda|cnameR|year|
aid/aidDataDisagg.rda|cnameS|year|
cepii/geo_cepii.xls|country||
cow/Inter-StateWarData_v4.0.csv|StateName|StartYear1|
cow_alliances/alliance_v4.1_by_member.csv|state_name|mem_st_year|
cow_alliances/alliance_v4.1_by_dyad.csv|state_name1|dyad_st_year|
cow_alliances/alliance_v4.1_by_dyad.csv|state_name2|dyad_st_year|
cow_alliances/alliance_v4.1_by_directed.csv|state_name1|dyad_st_year|
cow_alliances/alliance_v4.1_by_directed.csv|state_name2|dyad_st_year|
democracyData_rda/bmr.csv.gz|bmr_country|year|
democracyData_rda/bmr.csv.gz|extended_country_name|year|
democracyData_rda/vdem_simple.rda|vdem_country_name|year|
democracyData_rda/vdem_simple.rda|extended_country_name|year|
exchange_rate/yearly_regime_classification.csv|country||
gannon_kent_replication/iiss_afghan_complete.csv|country|year|
gannon_kent_replication/isaf.csv|name|year|
geopko/derived__mission_year_contributor.csv|contributor|year|
ipi_ppp/Gender.Full.csv|Contributor|Date|ipi
ipi_ppp/country_totals_monthly__combined.csv|Contributor|Date|ipi
ipi_ppp/current_month_2014-03.csv|Contributor||ipi
ipi_ppp/current_month_2014-03.csv|Mission_Country||ipi
ipi_ppp/data_mission.csv|Country of Mission||ipi
isaf_gannon_kent/casualty_afghan__country_month_counts.csv|force_country|year|casualties
isaf_gannon_kent/ccodes.csv|StateNme||
isaf_gannon_kent/crs_RL31843_table1_coalition_members_2003-03-27__transcribed.csv|country||
isaf_gannon_kent/dv_troops__commit3d8bf0e.csv|country||
isaf_gannon_kent/gdp.csv|Country Name||
isaf_gannon_kent/iiss_afghan.csv|country|year|iiss
isaf_gannon_kent/iiss_deployment.csv|country|year|iiss
isaf_gannon_kent/iiss_troops.csv|country|year|iiss
isaf_gannon_kent/nato_placemats.csv|country|year|placemats
isaf_gannon_kent/nato_placemats__commit015d5f6_with_dates.csv|country|year|placemats
isaf_gannon_kent/states2016.csv|statenme||
peacesciencer_csv/cow_states.csv|statenme||
polity/p5v2018.csv|country|year|
pwt/pwt10.01.rda|country|year|
troopdata/troopdata-rebuild-country-year.csv|countryname|year|
un_participation/monuc_2004-12-09.csv|state||
un_participation/participation.csv|state||
unga_voeten/COW country codes.csv|StateNme||
unga_voeten/IdealpointestimatesAll_Jun2024.csv|Countryname||
unga_voeten/Idealpoints.dta|countryname|year|
unga_voeten/IdealpointsJuly2025.dta|countryname|year|
unga_voeten/IdealpointsPublished.tab|CountryName|year|
unga_voeten/UNVotes1-72full.RData|Countryname|year.x|
worldbank/GDP__wdi_5_series_2000-2020.csv|Country Name||
worldbank/gdp.csv|Country Name|Year|
worldbank/population.csv|Country Name|Year|
"""
HEADINGS = {
    "isaf_gannon_kent/afghan_casualties.csv": range(2001, 2020),
    "isaf_gannon_kent/iraq_casualties.xlsx": range(2003, 2013),
}
YEARS = (1950, 1965, 1975, 1985, 1989, 1990, 1992, 1995, 2003, 2010, 2016)
TABLE = Path(__file__).with_name("official_names.csv")
Spells = list[tuple[int, int, str]]


def recorded() -> dict[tuple[str, str], Spells]:
    known: dict[tuple[str, str], Spells] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            known[row["name"], row["context"]].append((int(row["first"]), int(row["last"]), row["ccode"]))
    return known


def reading(name: str, year: int, context: str) -> str:
    try:
        ccode = ccode_of_name(name, year, context)
    except InputError:
        return "refused"
    return "none" if ccode is None else str(ccode)


@pytest.mark.parametrize("first", [True, False], ids=["first year", "last year"])
def test_a_recorded_name_is_read_as_recorded(first):
    known = recorded()
    assert len(known) > 1200
    wrong = [
        (name, context, spell, found)
        for (name, context), spells in known.items()
        for spell in spells
        if (found := reading(name, spell[0] if first else spell[1], context)) != spell[2]
    ]
    assert not wrong


def names_of(columns: dict[str, pd.Series], heading: str, years: str) -> set[tuple[str, int]]:
    names = columns[heading].astype(object)
    if not years:
        return {(name.strip(), year) for name in pd.unique(names) if isinstance(name, str) for year in YEARS}
    when = columns[years].astype(str).str.extract(r"(\d{4})")[0]
    pairs = pd.DataFrame({"name": names, "year": when}).dropna().drop_duplicates()
    return {(name.strip(), int(year)) for name, year in zip(pairs["name"], pairs["year"], strict=True)}


SLOW = "unga_voeten/UNVotes1-72full.RData"  # a million rows
PATHS = sorted({line.split("|")[0] for line in COLUMNS.split("\n")[1:-1]} - {SLOW})


@pytest.mark.parametrize("path", [*PATHS, pytest.param(SLOW, marks=pytest.mark.slow)])
def test_every_name_of_a_country_column_is_read_as_it_was(shared_data, path):
    known = recorded()
    columns = load(shared_data / path, encoding="cp1252").columns
    for line in COLUMNS.split("\n")[1:-1]:
        file, heading, years, context = line.split("|")
        found = names_of(columns, heading, years) if file == path else set()
        assert file != path or len(found) > 10
        for name, year in found:
            if name:
                spell = next(code for a, b, code in known[name, context] if a <= year <= b)
                # Refusals are checked at both ends of their spells above: suggestions take their time.
                assert spell == "refused" or (name, year, reading(name, year, context)) == (name, year, spell)


@pytest.mark.parametrize("path", HEADINGS)
def test_every_heading_of_a_table_of_deaths_is_read_as_it_was(shared_data, path):
    known = recorded()
    names = [name for name in load(shared_data / path).columns if name.lower() not in ("year", "unnamed: 0")]
    for name in names:
        for year in HEADINGS[path]:
            spell = next(code for a, b, code in known[name, "casualties"] if a <= year <= b)
            assert reading(name, year, "casualties") == spell
