"""ATOP members: who is bound to whom in which years."""

from __future__ import annotations

import pandas as pd
import pytest

from data.common.errors import InputError
from data.tables.table import find_file
from data.treaties.atop import in_force, members, treaty_ids, treaty_table


@pytest.fixture(scope="module")
def spells(shared_data):
    return members(shared_data)


@pytest.fixture(scope="module")
def american(spells):
    return in_force(spells, {2.0}, (1986, 2018)).set_index(["treaty", "year"])["ccode"]


def partners(american, treaty, year):
    return set(american.loc[[(treaty, float(year))]].astype(int))


def test_spells_give_the_state_years_of_atops_own_state_year_file(spells, shared_data):
    wide = pd.read_csv(find_file(shared_data, "atop_v5/atop5_1sy_NNA.csv"), low_memory=False)
    slots = [name for name in wide.columns if name.startswith("atopid")]
    long = wide.melt(id_vars=["state", "year"], value_vars=slots, value_name="atopid").dropna(
        subset=["atopid"]
    )
    long = long[long["atopid"] > 0]
    theirs = set(zip(long["state"], long["year"], long["atopid"].map("{:g}".format), strict=True))
    years = spells.merge(pd.DataFrame({"year": range(1815, 2019)}), how="cross")
    years = years[years["year"].between(years["first"], years["last"])]
    ours = set(zip(years["ccode"].astype(int), years["year"], years["treaty"], strict=True))
    assert theirs <= ours
    assert {state for state, _, _ in ours - theirs} == {8152}  # a member outside the state system


def test_sixteen_treaties_of_the_united_states_are_in_force_at_some_time_in_2001_to_2014(spells):
    bound = in_force(spells, {2.0}, (2001, 2014))
    assert bound["treaty"].nunique() == 16
    assert len(bound) == 1245


def test_nato_grows_at_signature_a_year_before_accession(american):
    assert 366 not in partners(american, "3180", 2002)
    assert 366 in partners(american, "3180", 2003)
    assert 344 in partners(american, "3180", 2008)
    assert len(partners(american, "3180", 2010)) == 27


def test_new_zealand_leaves_anzus_in_1986_and_mexico_the_rio_pact_in_2004(american):
    assert partners(american, "3215", 1986) == {900, 920}
    assert partners(american, "3215", 2001) == {900}
    assert 70 in partners(american, "3075", 2004)
    assert 70 not in partners(american, "3075", 2005)


def test_germany_continues_under_its_own_code(american):
    assert {255, 260} <= partners(american, "3180", 1990)
    assert 260 not in partners(american, "3180", 1991)


def test_france_and_russia_have_their_own_treaties(spells):
    bound = in_force(spells, {220.0, 365.0}, (2008, 2008))
    french = set(bound.loc[bound["leader"] == 220, "ccode"])
    assert {522, 481, 433} <= french  # Djibouti, Gabon, Senegal
    assert set(bound.loc[bound["leader"] == 365, "ccode"]) >= {370, 371, 705}


def test_phases_and_treaties_have_the_same_identifiers_in_both_files(shared_data):
    for unit in ("alliance", "phase"):
        known = set(treaty_table(shared_data, unit=unit)["treaty"])
        assert set(members(shared_data, unit=unit)["treaty"]) == known
    assert "3180.2" in known


def test_treaties_are_named_after_their_members(shared_data):
    states = pd.Series({2: "United States", 740: "Japan"})
    names = treaty_table(shared_data, states=states).set_index("treaty")["treaty_name"]
    assert names["3375"] == "United States - Japan (1960)"
    assert names["3180"] == "North Atlantic Treaty (1949)"


def test_an_exit_before_the_entry_is_refused(shared_data, tmp_path):
    raw = pd.read_csv(find_file(shared_data, "atop_v5/atop5_1m.csv"), dtype=str, keep_default_na=False)
    raw.loc[7, "yrexit"] = "1700"
    raw.to_csv(tmp_path / "atop5_1m.csv", index=False)
    with pytest.raises(InputError, match=r"row 9.*yrexit.*1700"):
        members(tmp_path)


def test_an_altered_file_in_its_registered_place_is_refused_by_its_checksum(shared_data, tmp_path):
    (tmp_path / "atop_v5").mkdir()
    original = find_file(shared_data, "atop_v5/atop5_1m.csv").read_bytes()
    (tmp_path / "atop_v5" / "atop5_1m.csv").write_bytes(original + b"\n")
    with pytest.raises(InputError, match=r"atop5_1m\.csv.*SHA-256"):
        members(tmp_path)


def test_phase_numbers_follow_a_point():
    assert treaty_ids(pd.Series([3180.0, 3075.0]), pd.Series([2.0, 0.0])).tolist() == ["3180.2", "3075"]
