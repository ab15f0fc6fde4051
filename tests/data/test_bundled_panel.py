"""The panel from the bundled facts, looked at as a political scientist would."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from data.assembly.spec import PanelSpec
from data.facts import BUNDLED
from data.facts.bundled import TABLES, fact
from data.panel import build_panel, check_panel, open_panel, panel_frame, panel_ledger, save_panel
from data.treaties.atop import in_force
from data.treaties.atop import members as members_of_atop
from data.treaties.provisions import PROVISIONS, atop
from data.variables.measures import CODERS, measurement_table


@pytest.fixture(scope="module")
def panel():
    return build_panel("bundled")


@pytest.fixture(scope="module")
def rows(panel):
    return panel_frame(panel).set_index(["operation", "year", "state"])


@pytest.fixture(scope="module")
def bound(panel, rows):
    return pd.DataFrame(panel["in_force"].values, index=rows.index, columns=panel["treaty"].values)


def members(bound, operation, year, treaty):
    column = bound.loc[(operation, year), treaty]
    return set(column.index[column == 1])


def test_row_counts_by_operation_and_year(rows):
    assert rows.groupby(["operation", "year"]).size().to_dict() == {
        ("ISAF", 2009): 161,
        ("ISAF", 2010): 159,
        ("Iraq", 2003): 158,
        ("Iraq", 2004): 154,
        ("Iraq", 2005): 157,
        ("Iraq", 2006): 136,
        ("Iraq", 2007): 161,
    }


@pytest.mark.parametrize(
    ("operation", "year", "state", "troops"),
    [
        ("ISAF", 2010, "United Kingdom", 9500),
        ("ISAF", 2010, "Germany", 4341),
        ("ISAF", 2010, "Georgia", 924),
        ("ISAF", 2009, "New Zealand", 220),
        ("Iraq", 2003, "United Kingdom", 11000),
        ("Iraq", 2005, "France", 0),
        ("Iraq", 2005, "South Korea", 3500),
        ("Iraq", 2007, "Georgia", 2000),
    ],
)
def test_troops_checked_by_hand_against_the_lists(rows, operation, year, state, troops):
    assert rows.loc[(operation, year, state), "troops"] == troops


def test_the_leader_and_the_theatre_state_are_no_rows(rows):
    assert "United States" not in rows.index.get_level_values("state")
    assert ("ISAF", 2010, "Afghanistan") not in rows.index
    assert ("Iraq", 2005, "Iraq") not in rows.index
    assert ("ISAF", 2010, "Iraq") in rows.index


def test_the_list_nearest_mid_year_stands_for_the_year_and_other_rules_are_available(rows):
    assert rows.loc[("Iraq", 2005, "Ukraine"), "troops"] == 1000  # 6 July 2005, not January's
    first = panel_frame(build_panel(PanelSpec(list_rule="first"))).set_index(["operation", "year", "state"])
    assert first.loc[("Iraq", 2005, "Ukraine"), "troops"] > 1000
    mean = panel_frame(build_panel(PanelSpec(list_rule="mean"))).set_index(["operation", "year", "state"])
    largest = panel_frame(build_panel(PanelSpec(list_rule="max"))).set_index(["operation", "year", "state"])
    assert (mean["troops"] <= largest["troops"]).all()
    assert (first["troops"] <= largest["troops"]).all()


def test_nato_grows_in_2004_and_2009(bound):
    assert {"Latvia", "Romania", "Slovenia"}.isdisjoint(members(bound, "Iraq", 2003, "NATO"))
    assert {"Latvia", "Romania", "Slovenia"} <= members(bound, "Iraq", 2004, "NATO")
    assert {"Albania", "Croatia"}.isdisjoint(members(bound, "Iraq", 2007, "NATO"))
    assert {"Albania", "Croatia"} <= members(bound, "ISAF", 2009, "NATO")
    assert len(members(bound, "ISAF", 2010, "NATO")) == 27


def test_new_zealand_is_no_ally_after_1986_and_the_manila_pact_binds_thailand_alone(bound):
    assert members(bound, "ISAF", 2010, "ANZUS") == {"Australia"}
    assert members(bound, "ISAF", 2010, "MANILA") == {"Thailand"}
    assert not bound.xs("New Zealand", level="state").to_numpy().any()
    assert not bound.xs("Pakistan", level="state")["MANILA"].any()


def test_mexico_leaves_the_rio_pact_in_2004(bound):
    assert "Mexico" in members(bound, "Iraq", 2004, "RIO")
    assert "Mexico" not in members(bound, "Iraq", 2005, "RIO")
    assert {"Bolivia", "Nicaragua", "Ecuador"} <= members(bound, "ISAF", 2010, "RIO")


def test_the_iraqi_agreement_binds_iraq_from_2008(bound):
    assert members(bound, "ISAF", 2009, "US-IRQ-SFA") == {"Iraq"}
    assert members(bound, "Iraq", 2007, "US-IRQ-SFA") == set()


def test_the_charter_of_the_american_states_binds_those_whom_the_rio_pact_does_not(bound, rows):
    charter = members(bound, "ISAF", 2010, "OAS")
    assert {"Mexico", "Jamaica", "Guyana", "Brazil"} <= charter
    assert {"Mexico", "Jamaica", "Guyana"}.isdisjoint(members(bound, "ISAF", 2010, "RIO"))
    assert "Cuba" not in charter
    assert "Cuba" in rows.index.get_level_values("state")


def test_the_coder_stands_beside_every_treaty_and_codes_are_not_mixed(panel):
    assert set(panel["treaty_coder"].values) == {"ATOP 5.1"}
    practice = build_panel({"provisions": "practice"})
    assert set(practice["treaty_coder"].values) == {"practice"}
    command = {"treaty": "NATO", "provision": "integrated_command"}
    assert panel["provisions"].sel(command) == 0
    assert practice["provisions"].sel(command) == 1


@pytest.mark.parametrize(("source", "provisions"), [("bundled", "atop"), ("bundled-practice", "practice")])
def test_treaties_are_measured_as_they_stand_in_the_panel(source, provisions):
    table = measurement_table(source, None)
    coded = build_panel({"provisions": provisions})
    assert list(table.columns) == ["atopid", *PROVISIONS]
    assert table["atopid"].tolist() == coded["treaty"].values.tolist()
    np.testing.assert_array_equal(table[list(PROVISIONS)].to_numpy(float), coded["provisions"].values)
    assert set(coded["treaty_coder"].values) == {CODERS[source]}


@pytest.mark.parametrize(
    ("provisions", "kept", "twice", "alone"), [("atop", 16, 9, 6), ("practice", 15, 9, 7)]
)
def test_the_ledger_counts_the_codes_of_another_coder(provisions, kept, twice, alone):
    ledger = panel_ledger(build_panel({"provisions": provisions})).set_index(["step", "reason"])["rows"]
    found = ledger["treaties of the leader, by coder"].to_dict()
    assert found == {
        "rows in": 31,
        "the same treaty, as another coded it": twice,
        "a treaty that another coded alone": alone,
        "kept": kept,
    }


def test_codes_and_members_of_atop_are_those_of_its_own_files(shared_data):
    table = fact("us_treaties")
    table = table[table["coder"] == "ATOP 5.1"]
    theirs = atop(shared_data, coding="published").set_index("atopid")
    ours = table.set_index(table["atopid"].astype(int))[list(PROVISIONS)]
    pd.testing.assert_frame_equal(ours, theirs.loc[ours.index, list(PROVISIONS)], check_names=False)
    spells = in_force(members_of_atop(shared_data), {2.0}, (2003, 2010))
    mine = in_force(_spells(table), {2.0}, (2003, 2010))
    added = table.loc[~table["treaty_id"].isin(DATED_BY_ACCESSION), "atopid"]
    key = ["treaty", "ccode", "year"]
    found = [set(f.loc[f["treaty"].isin(added), key].itertuples(index=False)) for f in (mine, spells)]
    assert found[0] == found[1]
    assert set(in_force(members_of_atop(shared_data), {2.0}, (2001, 2014))["treaty"]) == set(table["atopid"])


DATED_BY_ACCESSION = ("NATO", "RIO")


def _spells(table):
    spells = fact("us_treaty_members").merge(table[["treaty_id", "atopid"]], on="treaty_id")
    exits = fact("us_treaty_exits")[["treaty_id", "ccode", "exit_year"]]
    spells = spells.merge(exits, on=["treaty_id", "ccode"], how="left", suffixes=("", "_known"))
    last = spells["exit_year"].fillna(spells["exit_year_known"]).fillna(np.inf)
    return spells.assign(treaty=spells["atopid"], first=spells["entry_year"], last=last)


def test_similarity_uses_declared_constants(panel, rows):
    votes = fact("un_agreement").set_index(["ccode", "year"])["idealpoint"]
    expected = 1 - abs(votes[200, 2010] - votes[2, 2010]) / 5.0
    assert rows.loc[("ISAF", 2010, "United Kingdom"), "similarity"] == pytest.approx(expected)
    assert panel["similarity"].attrs["span"] == 5.0
    agreement = panel_frame(build_panel(PanelSpec(similarity="agreement")))
    assert agreement["similarity"].between(0, 1).all()


def test_gdp_is_in_one_declared_unit(rows):
    table = fact("population_gdp")
    table = table[
        (table["ccode"] == 200) & (table["year"] == 2007) & table["unit"].str.startswith("constant")
    ]
    assert len(table) == 1
    row = rows.loc[("Iraq", 2007, "United Kingdom")]
    assert row["log_gdppc"] == pytest.approx(np.log(table["gdp_per_capita"].item()))
    assert row["log_population"] == pytest.approx(np.log(table["population"].item()))


def test_missing_provisions_stay_missing():
    japan = build_panel({"provisions": "practice"})["provisions"].sel(treaty="US-JPN")
    assert np.isnan(japan.sel(provision="military_aid"))
    assert japan.sel(provision="bases") == 1


def test_the_ledger_balances_and_counts_the_troops_left_out(panel):
    ledger = panel_ledger(panel)
    for _, step in ledger.groupby("step"):
        by_reason = step.set_index("reason")["rows"]
        assert by_reason["rows in"] == by_reason.drop("rows in").sum()
    rows = ledger[ledger["step"] == "panel rows"].set_index("reason")
    assert rows.loc["rows in", "rows"] == 1350
    assert rows.loc["kept", "rows"] == panel.sizes["row"] == 1086
    assert rows.loc["rows in", "troops"] == rows["troops"].drop("rows in").sum()
    assert rows.loc["kept", "troops"] == panel["troops"].sum()


def test_partial_lists_stay_out_of_the_outcome(panel):
    ledger = panel_ledger(panel).set_index(["step", "reason"])["rows"]
    assert ledger["list entries", "on a partial list"] == 304
    assert 2011 not in panel["row_year"]


def test_every_variable_says_what_it_is_and_where_it_comes_from(panel):
    for name, variable in panel.data_vars.items():
        assert {"units", "long_name", "source"} <= set(variable.attrs), name
    for entry in json.loads(panel.attrs["provenance"]):
        assert len(entry["sha256"]) == 64
    assert PanelSpec.model_validate_json(panel.attrs["spec"]) == PanelSpec()


def test_a_panel_survives_its_file(panel, tmp_path):
    again = open_panel(save_panel(panel, tmp_path / "panel.nc"))
    assert again.equals(panel)
    assert again.attrs == panel.attrs
    check_panel(again)


def test_every_column_of_every_bundled_table_is_in_the_codebook():
    codebook = pd.read_csv(BUNDLED / "codebook.csv")
    known = set(zip(codebook["table"], codebook["column"], strict=True))
    files = [BUNDLED / f"{name}.csv" for name in (*TABLES, "published_results", "predicted_effects")]
    actual = {(path.stem, column) for path in files for column in pd.read_csv(path, nrows=1).columns}
    assert actual == known


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_bundled_table_passes_its_own_checks(name):
    assert len(fact(name)) > 0
