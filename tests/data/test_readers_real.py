"""The official files, read: row counts against the registry, and values checked by hand in the files."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from data.readers import problems, reader
from data.readers.regime import one_per_state_year
from data.sources.registry import registry

FILES = [(file.table, file.path, file.rows) for e in registry().values() for file in e.files if file.table]
# What a reader makes of a file's rows: reshaped, expanded, or rows without any value left out.
OTHER_ROWS = {
    "atop_v5/atop5_1sy.csv": 46997,
    "atop_v5/atop5_1sy_NNA.csv": 32859,
    "unga_voeten/Idealpoints.dta": 10277,
    "unga_voeten/IdealpointsPublished.tab": 9697,
    "worldbank/GDP__wdi_5_series_2000-2020.csv": 217 * 21,
    "isaf_gannon_kent/gdp.csv": 264 * 14,
    "isaf_gannon_kent/iiss_troops.rds": 3767 - 171,
    "isaf_gannon_kent/iiss_troops.csv": 3767 - 171,
    "isaf_gannon_kent/afghan_casualties.csv": 18 * 29,
    "isaf_gannon_kent/iraq_casualties.xlsx": 16 * 26,
    "cepii/dist_cepii.zip": 224 * 224,
    # Contributors, of which a line has as many as its No.TCC says: their sum over the file.
    "geopko/TCCMap_v.2.3.csv": 8729,
    "un_participation/participation.csv": 184,
}
SLOW = {"unga_voeten/UNVotes1-72full.RData"}


@pytest.fixture(scope="module")
def get(shared_data):
    """Read a table from a file of the research data, once a module."""
    kept: dict[tuple[str, str], pd.DataFrame] = {}

    def read(table: str, path: str) -> pd.DataFrame:
        if (table, path) not in kept:
            kept[table, path] = reader(table)(shared_data / path)
        return kept[table, path]

    return read


def one(frame: pd.DataFrame, **where: object) -> pd.Series:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, frame
    return frame.iloc[0]


@pytest.mark.parametrize(("table", "path", "rows"), [f for f in FILES if f[1] not in SLOW])
def test_every_row_of_an_official_file_is_read(get, shared_data, table, path, rows):
    if not (shared_data / path).exists():
        pytest.skip("an alternative file, not in this folder")
    frame = get(table, path)
    assert len(frame) == OTHER_ROWS.get(path, rows)


DEPLOYMENTS = ("iiss.deployments", "isaf_gannon_kent/iiss_deployment.rds")


@pytest.mark.parametrize(
    ("ccode", "year", "troops"),
    [
        (200, 2010, 9500),
        (200, 2009, 9000),
        (200, 2013, 7700),
        (200, 2007, 7398),
        (255, 2010, 4388),
        (220, 2010, 3750),
    ],
)
def test_isaf_counts_with_thousands_separators_are_whole(get, ccode, year, troops):
    row = one(get(*DEPLOYMENTS), ccode=ccode, year=year, operation="ISAF")
    assert row["troops"] == troops
    assert row["edition"] == year + 1


def test_words_in_place_of_counts_are_missing_and_reported(get):
    frame = get(*DEPLOYMENTS)
    words = frame[frame["troops_text"].isin(["some", "FF", "1 FF"])]
    assert len(words) == 5
    assert words["troops"].isna().all()
    assert words["problem"].str.contains("not read").all()
    assert frame["troops_text"].str.contains(",", na=False).sum() == 83
    assert (frame["troops"][frame["troops_text"].str.contains(",", na=False)] >= 1000).all()


def test_the_battalion_printed_under_zimbabwe_is_read_as_zambias(get):
    row = one(get(*DEPLOYMENTS), edition=2008, operation="UNMIS", troops=367.0)
    assert row["ccode"] == 551
    assert "Zambia" in row["problem"]


def test_un_rows_without_a_total_count_troops_and_observers(get):
    row = one(get(*DEPLOYMENTS), edition=2009, operation="UNMIS", state_name="Zambia")
    assert math.isnan(row["troops"])
    assert row["personnel"] == 350 + 9


def test_both_forms_of_the_transcription_agree(get):
    first, second = get(*DEPLOYMENTS), get("iiss.deployments", "isaf_gannon_kent/iiss_deployment.csv")
    for column in ("troops", "un_troops", "un_observers", "edition", "ccode"):
        pd.testing.assert_series_equal(first[column], second[column], check_index=False)


def test_armed_forces_of_an_edition_belong_to_the_year_before(get):
    frame = get("iiss.troops", "isaf_gannon_kent/iiss_troops.rds")
    assert one(frame, ccode=200, year=2010)["armed_forces"] == 178470
    stated = frame[frame["armed_forces"].notna() & frame["ccode"].notna()]
    assert not stated.duplicated(["ccode", "year"]).any()


PLACEMATS = ("placemats.dated", "isaf_gannon_kent/nato_placemats__commit015d5f6_with_dates.csv")


def test_placemats_have_one_row_a_state_and_day_after_the_misprints(get):
    frame = get(*PLACEMATS)
    assert not frame.duplicated(["date", "ccode"]).any()
    assert frame["date"].nunique() == 61 + 9
    assert one(frame, date=pd.Timestamp("2010-03-05"), ccode=371)["troops"] == 40
    assert one(frame, date=pd.Timestamp("2012-10-08"), ccode=200)["troops"] == 9500
    assert math.isnan(one(frame, date=pd.Timestamp("2010-10-25"), ccode=2)["troops"])
    assert len(frame[frame["ccode"] == 696]) == 56


def test_stray_characters_of_the_placemats_are_read_and_reported(get):
    frame = get(*PLACEMATS)
    assert one(frame, date=pd.Timestamp("2011-02-03"), ccode=325)["troops"] == 3770
    assert one(frame, date=pd.Timestamp("2014-10-14"), ccode=395)["troops"] == 3
    assert set(problems(frame)["line"]) >= {1346, 3117, 999, 1182}


def test_deaths_by_state_and_year(get):
    afghan = get("casualties.annual", "isaf_gannon_kent/afghan_casualties.csv")
    assert one(afghan, ccode=200, year=2010)["deaths"] == 103
    assert one(afghan, ccode=2, year=2010)["deaths"] == 496
    assert "Total" not in set(afghan["state_name"])
    iraq = get("casualties.annual", "isaf_gannon_kent/iraq_casualties.xlsx")
    assert one(iraq, ccode=290, year=2004)["deaths"] == 14
    assert set(iraq[iraq["problem"] != ""]["year"]) == {2015}


def test_nato_members_enter_when_they_did_and_germany_changes_its_code(get):
    nato = get("atop.member", "atop_v5/atop5_1m.csv")
    nato = nato[nato["atopid"] == 3180]
    assert one(nato, member=290)["entry_year"] == 1997
    assert one(nato, member=260)["exit_year"] == 1990
    assert math.isnan(one(nato, member=255)["exit_year"])
    pairs = get("atop.state_year", "atop_v5/atop5_1sy.csv")
    assert ((pairs["ccode"] == 2) & (pairs["year"] == 2010) & (pairs["atopid"] == 3740)).any()
    without = get("atop.state_year", "atop_v5/atop5_1sy_NNA.csv")
    assert not (without["atopid"] == 3740).any()


def test_missing_codes_of_capabilities_are_missing_in_each_version(get):
    for path in ("cow/NMC_5_0.csv", "cow/NMC-60-abridged.csv", "peacesciencer_csv/cow_nmc.csv"):
        frame = get("cow_nmc.capabilities", path)
        assert one(frame, ccode=2, year=2010)["milper"] == 1580
        assert (frame["milper"].dropna() >= 0).all()
    assert math.isnan(one(get("cow_nmc.capabilities", "cow/NMC_5_0.csv"), ccode=700, year=2001)["milper"])


def test_polity_codes_of_interruption_are_no_scores(get):
    frame = get("polity.state_year", "polity/p5v2018.csv")
    assert math.isnan(one(frame, ccode=700, year=2010)["polity"])
    assert one(frame, ccode=2, year=2010)["polity2"] == 10
    assert one(frame, ccode=345, year=2010)["source_code"] == 342
    assert one(frame, ccode=341, year=2010)["source_code"] == 348
    assert len(frame[frame["problem"] != ""]) == 14
    single = one_per_state_year(frame)
    assert one(single, ccode=345, year=2006)["source_code"] == 342
    assert one(single, ccode=365, year=1922)["source_code"] == 364
    assert len(single) == len(frame) - 7


def test_other_regimes_are_on_correlates_of_war_codes(get):
    for path in ("democracyData_rda/bmr.rda", "democracyData_rda/bmr.csv.gz"):
        frame = one_per_state_year(get("bmr.state_year", path))
        assert one(frame, ccode=345, year=2010)["democracy"] == 1
        assert one(frame, ccode=816, year=2010)["democracy"] == 0
    vdem = one_per_state_year(get("vdem.country_year", "democracyData_rda/vdem_simple.rda"))
    assert one(vdem, ccode=2, year=2010)["v2x_polyarchy"] == pytest.approx(0.906, abs=0.02)
    assert one(vdem, ccode=325, year=1861)["country"] == "ITA"


def test_gdp_of_austria_is_not_australias_in_any_layout(get):
    for table, path, value in [
        ("wdi.wide", "isaf_gannon_kent/gdp.csv", 391_893e6),
        ("wdi.databank", "worldbank/GDP__wdi_5_series_2000-2020.csv", 392_275e6),
        ("wdi.long", "worldbank/gdp.csv", 392_275e6),
    ]:
        frame = get(table, path)
        assert one(frame, ccode=305, year=2010)["value"] == pytest.approx(value, rel=1e-5)
        assert one(frame, ccode=900, year=2010)["value"] > 1.1e12
        assert not frame.dropna(subset=["ccode"]).duplicated(["ccode", "year"]).any()
    world = get("wdi.long", "worldbank/gdp.csv")
    assert world.loc[world["iso3"] == "WLD", "ccode"].isna().all()


def test_distances_in_their_units(get):
    cepii = get("cepii.dyad", "cepii/dist_cepii.zip")
    assert one(cepii, iso_o="USA", iso_d="AFG")["distcap"] == pytest.approx(11155.07)
    miles = get("capital_distance.dyad", "isaf_gannon_kent/distance.csv.gz")
    assert one(miles, ccode1=2, ccode2=700, year=2001)["capital_distance"] * 1.609 == pytest.approx(
        11155, rel=0.005
    )
    border = get("min_distance.dyad", "peacesciencer_csv/cow_mindist__us_dyads.csv")
    assert one(border, ccode2=700, year=2010)["min_distance"] == pytest.approx(7212.74, abs=0.01)


def test_ideal_points_of_the_releases(get):
    june = get("un_ideal_points.jun2024", "unga_voeten/IdealpointestimatesAll_Jun2024.csv")
    row = one(june, ccode=200, year=2010)
    assert (row["session"], round(row["ideal_point"], 4), round(row["agree_usa"], 4)) == (65, 1.6958, 0.5373)
    assert row["ideal_point_sd"] == pytest.approx((1.883015 - 1.506215) / 3.29, abs=1e-4)
    july = get("un_ideal_points.jul2025", "unga_voeten/IdealpointsJuly2025.dta")
    assert len(july[(july["year"] == 1990) & july["ccode"].isin([255, 260])]) == 2
    both = june.merge(july, on=["ccode", "year"])
    assert both["ideal_point_x"].corr(both["ideal_point_legacy"]) > 0.9999


def test_peacekeepers_and_organisations(get):
    ipi = get("ipi.contributions", "ipi_ppp/Gender.Full.csv")
    row = one(ipi, ccode=530, mission="UNISFA", date=pd.Timestamp("2012-12-31"))
    assert (row["troops"], row["experts"], row["total"]) == (3809, 77, 3891)
    assert ipi["ccode"].notna().all()
    igo = get("cow_igo.dyad", "peacesciencer_csv/cow_igo_ndy__us_dyads.csv")
    assert one(igo, ccode2=200, year=2010)["joint_igos"] == 59


def test_each_state_of_the_system_in_2010_once(get):
    system = get("cow_states.system", "cow/system2016.csv")
    assert len(system[system["year"] == 2010]) == 194
    assert set(system[system["year"] == 1990]["ccode"]) >= {255, 260, 678, 679}


@pytest.mark.slow
def test_agreement_recomputed_from_the_votes_is_the_published_score_where_the_roll_calls_are_the_same(get):
    from data.readers.un_rollcall import agreement_with

    votes = get("un_votes.votes", "unga_voeten/UNVotes1-72full.RData")
    assert len(votes) == 1_099_156
    june = get("un_ideal_points.jun2024", "unga_voeten/IdealpointestimatesAll_Jun2024.csv")
    for leader, column in ((2, "agree_usa"), (365, "agree_russia")):
        both = agreement_with(votes, leader).merge(june, on=["ccode", "session"])
        gap = (both["agreement"] - both[column]).abs()
        exact = gap.lt(1e-5).groupby(both["session"]).mean()
        assert (exact > 0.99).sum() >= 25
        assert both["agreement"].corr(both[column]) > 0.99
