"""Panels from official files: row counts, values checked by hand, ledgers, any leader."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.panel import build_panel, open_panel, panel_frame, panel_ledger, save_panel
from data.tables.table import find_file

NAMES = ("isaf", "iraq", "kfor", "althea", "eufor-chad", "ramsi", "unoci")


@pytest.fixture(scope="module")
def panels(shared_data):
    return {name: build_panel(name, shared_data, cache=False) for name in NAMES}


@pytest.fixture(scope="module")
def frames(panels):
    return {name: panel_frame(panel).set_index(["year", "state"]) for name, panel in panels.items()}


@pytest.mark.parametrize(
    ("name", "rows", "years"),
    [
        ("isaf", 2150, range(2001, 2015)),
        ("iraq", 923, range(2003, 2009)),
        ("kfor", 779, (2007, 2008, 2009, 2010, 2013)),
        ("althea", 779, (2007, 2008, 2009, 2010, 2013)),
        ("eufor-chad", 154, (2008,)),
        ("ramsi", 626, range(2007, 2011)),
        ("unoci", 936, range(2009, 2015)),
    ],
)
def test_row_counts_and_years(panels, name, rows, years):
    assert panels[name].sizes["row"] == rows
    assert sorted(set(panels[name]["row_year"].to_numpy().tolist())) == list(years)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_the_ledger_balances(panels, name):
    for step, rows in panel_ledger(panels[name]).groupby("step"):
        by_reason = rows.set_index("reason")["rows"]
        assert by_reason["rows in"] == by_reason.drop("rows in").sum(), step


@pytest.mark.parametrize(
    ("name", "year", "state", "troops"),
    [
        ("isaf", 2010, "United Kingdom", 9500),
        ("isaf", 2013, "United Kingdom", 7700),
        ("isaf", 2009, "Germany", 4365),
        ("isaf", 2010, "France", 3750),
        ("isaf", 2007, "Czech Republic", 530),  # two rows, 435 and 95
        ("isaf", 2014, "Georgia", 805),
        ("isaf", 2010, "Brazil", 0),
        ("iraq", 2003, "United Kingdom", 11000),
        ("iraq", 2008, "United Kingdom", 4100),
        ("kfor", 2008, "Germany", 2249),
        ("kfor", 2008, "Slovenia", 360),
        ("althea", 2007, "Poland", 203),
        ("eufor-chad", 2008, "Ireland", 445),
        ("ramsi", 2007, "Fiji", 122),
        ("unoci", 2012, "Niger", 928),
    ],
)
def test_troops_checked_by_hand_against_the_printed_lists(frames, name, year, state, troops):
    assert frames[name].loc[(year, state), "troops"] == troops


def test_isaf_2014_comes_from_a_placemat_because_no_edition_describes_it(panels):
    panel = panels["isaf"]
    lists = dict(
        zip(panel["row_year"].to_numpy().tolist(), panel["row_list"].to_numpy().tolist(), strict=True)
    )
    assert lists[2014] == "NATO placemat 2014-06-01"
    assert lists[2013] == "IISS edition 2014"


def test_leader_and_theatre_are_no_rows(frames):
    for name, absent in {
        "isaf": {"United States", "Afghanistan"},
        "iraq": {"United States", "Iraq"},
        "kfor": {"United States", "Kosovo", "Serbia"},
        "eufor-chad": {"France", "Chad", "Central African Republic"},
        "ramsi": {"Australia", "Solomon Islands"},
        "unoci": {"France", "Côte d'Ivoire"},
    }.items():
        assert absent.isdisjoint(frames[name].index.get_level_values("state")), name


def test_leaders_follow_the_operation_and_can_be_named(panels, shared_data):
    assert set(panels["eufor-chad"]["row_leader"].to_numpy()) == {220}
    assert set(panels["ramsi"]["row_leader"].to_numpy()) == {900}
    british = build_panel(
        {"source": "official", "operations": ["KFOR"], "leader": 200, "outcome": ["iiss"]}, shared_data
    )
    assert set(british["row_leader"].to_numpy()) == {200}
    assert "United States" in set(british["state"].to_numpy())


def test_australia_has_the_united_states_by_anzus_and_new_zealand_by_another_treaty(panels):
    panel = panels["ramsi"]  # ATOP ends New Zealand's part in ANZUS in 1986, towards Australia too
    anzus = panel["in_force"].sel(treaty="3215").to_numpy().astype(bool)
    assert set(panel["row_state"].to_numpy()[anzus]) == {"United States"}
    allied = panel["alliance"].to_numpy().astype(bool)
    assert "New Zealand" in set(panel["row_state"].to_numpy()[allied])


def test_gdp_is_joined_by_iso_codes_so_that_austria_is_not_australia(frames, shared_data):
    gdp = pd.read_csv(find_file(shared_data, "worldbank/gdp.csv")).set_index(["Country Code", "Year"])[
        "Value"
    ]
    population = pd.read_csv(find_file(shared_data, "worldbank/population.csv"))
    population = population.set_index(["Country Code", "Year"])["Value"]
    for state, iso in {
        "Austria": "AUT",
        "United Kingdom": "GBR",
        "Switzerland": "CHE",
        "Slovenia": "SVN",
    }.items():
        expected = np.log(gdp[iso, 2010] / population[iso, 2010])
        assert frames["isaf"].loc[(2010, state), "log_gdppc"] == pytest.approx(expected), state


def test_casualties_are_given_in_the_year_and_lagged(frames):
    uk = frames["isaf"].xs("United Kingdom", level="state")
    assert uk.loc[2010, "casualties"] == 103
    assert uk.loc[2011, "casualties_lagged"] == 103
    assert uk.loc[2001, "casualties_lagged"] == 0
    assert frames["isaf"].loc[(2011, "Czech Republic"), "casualties"] == 2
    assert frames["kfor"]["casualties"].isna().all()


def test_similarity_carries_its_measurement_error(panels, shared_data):
    points = pd.read_csv(find_file(shared_data, "unga_voeten/IdealpointestimatesAll_Jun2024.csv"))
    points = points[points["session"] == 65].set_index("ccode")["IdealPointAll"]
    row = panel_frame(panels["isaf"]).set_index(["year", "ccode"]).loc[(2010, 200)]
    assert row["similarity"] == pytest.approx(1 - abs(points[200] - points[2]) / 5)
    assert 0.02 < row["similarity_sd"] < 0.05


def test_distance_agrees_with_the_bundled_table_and_with_cepii(frames, shared_data):
    bundled = pd.read_csv(find_file(shared_data, "cepii/dist_cepii__origins_USA_theatres.csv"))
    cepii = bundled[bundled["iso_o"] == "AFG"].set_index("iso_d")["distcap"].astype(float)
    for state, iso in {"United Kingdom": "GBR", "New Zealand": "NZL", "Georgia": "GEO"}.items():
        ours = np.exp(frames["isaf"].loc[(2010, state), "log_distance"])
        assert ours == pytest.approx(cepii[iso], rel=0.01), state


def test_embeddedness_is_joint_memberships_plus_treaties(shared_data):
    spec = {"source": "official", "controls": ["joint_igos", "embeddedness"], "years": [2005, 2010]}
    frame = panel_frame(build_panel(spec, shared_data)).set_index(["year", "state"])
    ties = frame["embeddedness"] - frame["joint_igos"]
    assert ties[2010, "Germany"] == 1
    assert ties[2010, "Turkey"] == 2
    assert ties[2010, "Russia"] == 0
    assert frame.loc[(2005, "Canada"), "joint_igos"] > frame.loc[(2005, "Turkmenistan"), "joint_igos"]


@pytest.mark.parametrize(
    "given",
    [
        {"un_release": "jul2025"},
        {"similarity": "agreement"},
        {"armed_forces": "nmc", "capabilities": "7.0"},
        {"economy": "pwt"},
        {"controls": ["polity2", "log_cinc", "log1p_casualties_lagged"]},
        {"treaty_unit": "phase", "provision_coding": "published"},
        {"list_rule": "median", "outcome": ["nato"], "years": [2007, 2014]},
        {"operations": ["Afghanistan"]},
    ],
)
def test_other_sources_and_rules_build_too(shared_data, given):
    panel = build_panel({"source": "official", **given}, shared_data)
    assert panel.sizes["row"] > 900


def test_agreement_with_a_leader_outside_the_release_is_counted_from_roll_calls(shared_data):
    spec = {
        "source": "official",
        "operations": ["EUFOR Chad/CAR"],
        "outcome": ["facts"],
        "similarity": "agreement",
    }
    panel = build_panel(spec, shared_data)
    frame = panel_frame(panel).set_index("state")
    assert frame.loc["Ireland", "troops"] == 500
    assert frame.loc["Germany", "similarity"] > frame.loc["United States", "similarity"]
    assert "UNVotes1-72full.RData" in panel["similarity"].attrs["source"]


def test_an_early_operation_keeps_states_that_ended_and_says_whom_it_loses(shared_data):
    spec = {
        "source": "official",
        "operations": ["Vietnam War"],
        "outcome": ["facts"],
        "years": [1964, 1970],
        "armed_forces": "nmc",
        "controls": [],
    }
    panel = build_panel(spec, shared_data)
    frame = panel_frame(panel).set_index(["year", "state"])
    assert frame.loc[(1968, "Australia"), "troops"] == 7661
    ledger = panel_ledger(panel).set_index(["step", "reason"])["troops"]
    assert (
        ledger["panel rows", "no similarity (ideal_point)"] == 261_213
    )  # South Korea was no member of the UN


EVERYWHERE = {
    "iiss": {
        "ISAF": range(2001, 2014),
        "Iraq": (2007, 2008),
        "KFOR": (2007, 2008, 2009, 2010, 2013),
        "Althea": (2007, 2008, 2009, 2010, 2013),
        "EUFOR Chad/CAR": (2008,),
        "AMISOM": (2007, 2008, 2009, 2010, 2013),
        "RAMSI": range(2007, 2011),
        "ISF": range(2008, 2011),
        "MFO": (2007, 2008, 2009, 2010, 2013),
        "NTM-I": range(2007, 2011),
        "EUMM": (2008, 2009),
    },
    "un": {
        "MINURCAT": (2009, 2010),
        "MINUSMA": (2013, 2014),
        "UNOCI": range(2009, 2015),
        "UNAMID": range(2009, 2015),
        "MINUSTAH": range(2009, 2015),
        "MONUSCO": range(2010, 2015),
        "UNIFIL": range(2009, 2015),
        "UNMISS": range(2011, 2015),
    },
}


@pytest.mark.parametrize("source", ["iiss", "un"])
def test_every_theatre_and_mission_that_the_editions_cover_builds(shared_data, source):
    years = EVERYWHERE[source]
    spec = {
        "source": "official",
        "operations": list(years),
        "outcome": [source],
        "leader": 220,
        "controls": [],
    }
    rows = panel_frame(build_panel(spec, shared_data)).groupby("operation")
    for operation, covered in years.items():
        assert sorted(set(rows.get_group(operation)["year"])) == list(covered), operation
        assert rows.get_group(operation)["troops"].sum() > 0, operation


def test_an_operation_without_a_known_leader_asks_for_one(shared_data):
    with pytest.raises(InputError, match="no leader of UNIFIL"):
        build_panel({"source": "official", "operations": ["UNIFIL"], "outcome": ["un"]}, shared_data)


def test_two_operations_in_one_panel(shared_data):
    spec = {"source": "official", "operations": ["ISAF", "KFOR"], "outcome": ["iiss"], "years": [2007, 2010]}
    panel = build_panel(spec, shared_data)
    assert set(panel["row_operation"].to_numpy()) == {"ISAF", "KFOR"}
    kosovo = panel["row_operation"].to_numpy() == "KFOR"
    assert "Afghanistan" in set(panel["row_state"].to_numpy()[kosovo])


def test_provenance_names_each_file_with_digest_version_and_variables(panels):
    entries = {entry["file"]: entry for entry in json.loads(panels["isaf"].attrs["provenance"])}
    assert entries["IdealpointestimatesAll_Jun2024.csv"]["variables"] == "similarity"
    assert entries["IdealpointestimatesAll_Jun2024.csv"]["version"].lower().startswith("jun")
    assert {"iiss_deployment.csv", "atop5_1m.csv", "gdp.csv", "population.csv"} <= set(entries)
    assert all(len(entry["sha256"]) == 64 for entry in entries.values())


def test_lists_from_the_facts_stand_in_the_provenance(panels):
    entries = {entry["file"]: entry for entry in json.loads(panels["iraq"].attrs["provenance"])}
    assert entries["contributions.csv"]["variables"] == "troops"


def test_a_panel_survives_its_file(panels, tmp_path):
    for name in ("isaf", "unoci"):
        assert open_panel(save_panel(panels[name], tmp_path / f"{name}.nc")).identical(panels[name])


def test_an_isaf_panel_takes_less_than_20_seconds_cold_and_2_from_the_cache(
    shared_data, tmp_path, monkeypatch
):
    monkeypatch.setenv("COALITION_CACHE", str(tmp_path))
    start = time.perf_counter()
    cold = build_panel("isaf", shared_data)
    middle = time.perf_counter()
    cached = build_panel("isaf", shared_data)
    end = time.perf_counter()
    assert middle - start < 20
    assert end - middle < 2
    assert cached.identical(cold)


def test_a_changed_file_is_not_served_from_the_cache(shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("COALITION_CACHE", str(tmp_path / "cache"))
    table = tmp_path / "own.csv"
    header = "operation,leader,year,state,troops,coverage,theatre\n"
    table.write_text(header + "X,2,2010,200,100,complete,700\n")
    (tmp_path / "map.toml").write_text('codes = "cow"\n')
    spec = {
        "source": "official",
        "operations": ["X"],
        "outcome": ["table"],
        "table": str(table),
        "mapping": str(tmp_path / "map.toml"),
    }
    assert float(build_panel(spec, shared_data)["troops"].sum()) == 100
    table.write_text(header + "X,2,2010,200,2500,complete,700\n")
    assert float(build_panel(spec, shared_data)["troops"].sum()) == 2500


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"operations": ["Agincourt"]}, "Agincourt"),
        ({"leader": 999}, "999"),
        ({"controls": ["luck"]}, "luck"),
        ({"operations": ["KFOR"], "outcome": ["nato"]}, "no complete list"),
        ({"operations": ["ISAF", "KFOR"], "outcome": ["nato"]}, "KFOR"),
        ({"leader": 220, "controls": ["joint_igos"]}, "no dyads"),
        ({"outcome": ["table"]}, "table"),
        ({"corrections": ["gdp_join"]}, "corrections"),
        ({"operations": ["KFOR"], "outcome": ["iiss"], "controls": ["log1p_casualties"]}, "log1p_casualties"),
    ],
)
def test_a_spec_that_the_files_cannot_serve_is_refused_in_one_line(shared_data, given, word):
    with pytest.raises(InputError) as caught:
        build_panel({"source": "official", **given}, shared_data, cache=False)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)
