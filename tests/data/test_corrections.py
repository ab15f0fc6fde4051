"""The five named corrections of the merged file, from the sources that it was made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.studies.corrections import CORRECTIONS, apply_corrections, changes, ordered, oriented_depth
from data.studies.gannon_kent import read_merged
from data.studies.isaf_sources import casualties, deployments, placemats, world_bank


@pytest.fixture(scope="module")
def merged(shared_data):
    return read_merged(shared_data)


@pytest.fixture(scope="module")
def corrected(merged, shared_data):
    return {name: correction.apply(merged, shared_data) for name, correction in CORRECTIONS.items()}


def cell(frame: pd.DataFrame, ccode: int, year: int, column: str) -> float:
    return float(frame.loc[(frame["ccode"] == ccode) & (frame["year"] == year), column].iloc[0])


def test_each_correction_changes_only_its_own_columns_and_keeps_the_rows(merged, corrected):
    for name, frame in corrected.items():
        assert frame.index.equals(merged.index)
        others = [c for c in merged.columns if c not in (*CORRECTIONS[name].columns, "troops_afghan_total")]
        pd.testing.assert_frame_equal(frame[others], merged[others])


def test_corrections_do_not_alter_their_input(merged, shared_data):
    before = merged.copy()
    apply_corrections(merged, shared_data, ["all"])
    pd.testing.assert_frame_equal(merged, before)


def test_counts_with_a_separator_come_back(corrected, merged):
    frame = corrected["thousands_separators"]
    assert cell(merged, 200, 2010, "troops_afghan_final") == 0
    assert cell(frame, 200, 2010, "troops_afghan_final") == 9500
    assert cell(frame, 200, 2013, "troops_afghan_final") == 7700
    assert cell(frame, 255, 2009, "troops_afghan_final") == 4365
    assert cell(frame, 20, 2007, "troops_afghan_final") == 2500 + 237  # ISAF and Enduring Freedom
    share = cell(frame, 200, 2010, "troops_afghan_final_ratio")
    assert share == pytest.approx(9500 / cell(frame, 200, 2010, "troops_total"))


def test_the_authors_totals_are_rebuilt_where_no_separator_stands(merged, shared_data):
    """The definition of a contribution is the authors' own: only separators set the two totals apart."""
    iiss = deployments(shared_data)
    both = merged.drop(columns="troops").merge(iiss, on=["ccode", "year"])
    plain = both[~both["separator"]]
    differ = plain[plain["troops"] != plain["troops_afghan_total"]]
    # Six state-years of 2002-2004 in which the authors also count bases in neighbouring states.
    assert set(zip(differ["ccode"], differ["year"], strict=True)) == {
        (2, 2003),
        (220, 2003),
        (255, 2002),
        (255, 2003),
        (255, 2004),
        (390, 2003),
    }
    assert int(both["separator"].sum()) == 41


def test_placemats_fill_gaps_only(corrected, shared_data):
    frame = corrected["thousands_separators"]
    filled = frame["troops_reason"] == "no IISS count: placemats"
    assert (frame.loc[filled, "troops_afghan_total"] == 0).all()
    listed = placemats(shared_data).set_index(["ccode", "year"])["troops"]
    keys = pd.MultiIndex.from_frame(frame.loc[filled, ["ccode", "year"]])
    np.testing.assert_array_equal(frame.loc[filled, "troops_afghan_final"], listed.loc[keys])
    counted = frame["troops_afghan_total"] > 0
    np.testing.assert_array_equal(
        frame.loc[counted, "troops_afghan_final"], frame.loc[counted, "troops_afghan_total"]
    )


def test_a_misprint_of_one_placemat_does_not_reach_the_year(shared_data):
    table = placemats(shared_data).set_index(["ccode", "year"])
    assert table.loc[(200, 2010), "troops"] == 9500
    assert table.loc[(200, 2010), "low"] == 500


def test_depth_is_turned_round_on_the_same_range(merged, corrected):
    frame = corrected["depth_orientation"]
    philippines, nato, japan = 840, 211, 740
    order = [cell(frame, c, 2005, "depth") for c in (philippines, nato, japan)]
    assert order == sorted(order)
    assert order[0] == pytest.approx(0, abs=1e-3)
    assert frame["depth"].max() <= merged["depth"].max() + 1e-3
    pd.testing.assert_series_equal(frame["depth_published"], merged["depth"], check_names=False)
    published = merged.loc[merged["atopid"].notna(), "depth"]
    assert np.corrcoef(published, oriented_depth(published))[0, 1] < -0.95


def test_potential_is_formed_from_the_oriented_depth_and_the_leader_stays_without(corrected):
    frame = corrected["depth_orientation"]
    known = frame["pot_gain"].notna()
    np.testing.assert_allclose(
        frame.loc[known, "pot_gain"],
        1 - frame.loc[known, "ideal_dist"] - frame.loc[known, "depth"],
        atol=1e-12,
    )
    assert frame.loc[frame["ccode"] == 2, "pot_gain"].isna().all()


def test_oriented_depth_rises_with_the_number_of_provisions(shared_data, merged):
    """Against the provisions themselves: the published score falls with them, the oriented one rises."""
    items = pd.read_stata(shared_data / "benson_clinton" / "BensonClintonMainNonAggression.dta")
    names = ["milcontact", "commondef", "intcom", "milaid", "base", "contrib", "organ1", "ecaid", "secrecy"]
    count = (items.set_index("atopid")[names] > 0).sum(axis=1).rename("provisions")
    depth = merged.dropna(subset=["atopid"]).groupby("atopid")["depth"].first()
    both = pd.concat([depth, count], axis=1, join="inner")
    assert len(both) >= 8
    assert both["depth"].corr(both["provisions"], method="spearman") < -0.5
    assert oriented_depth(both["depth"]).corr(both["provisions"], method="spearman") > 0.5


def test_gdp_follows_the_iso_code(merged, corrected, shared_data):
    frame = corrected["gdp_join"]
    bank = world_bank(shared_data).set_index(["ccode", "year"])
    assert cell(merged, 305, 2005, "gdp") > 1.5 * cell(frame, 305, 2005, "gdp")  # Austria had Australia's
    for ccode in (200, 220, 255, 305, 343, 732, 900):
        assert cell(frame, ccode, 2005, "gdp") == bank.loc[(ccode, 2005), "gdp"]
    assert cell(frame, 20, 2005, "gdp") == cell(merged, 20, 2005, "gdp")


def test_2014_becomes_missing_and_nothing_else(merged, corrected):
    frame = corrected["year_2014"]
    assert frame.loc[frame["year"] == 2014, "troops_afghan_final_ratio"].isna().all()
    earlier = merged["year"] != 2014
    pd.testing.assert_series_equal(
        frame.loc[earlier, "troops_afghan_final_ratio"], merged.loc[earlier, "troops_afghan_final_ratio"]
    )


def test_casualties_are_those_of_the_year_before(corrected, shared_data):
    frame = corrected["casualties_lag"]
    deaths = casualties(shared_data).set_index(["ccode", "year"])["casualties"]
    assert cell(frame, 200, 2010, "casualties") == deaths[(200, 2009)]
    assert (frame.loc[frame["year"] == 2001, "casualties"].dropna() == 0).all()


def test_together_the_outcome_of_2014_is_missing_whatever_the_order_asked(merged, shared_data):
    one = apply_corrections(merged, shared_data, ["year_2014", "thousands_separators"])
    other = apply_corrections(merged, shared_data, ["thousands_separators", "year_2014"])
    pd.testing.assert_frame_equal(one, other)
    assert one.loc[one["year"] == 2014, "troops_afghan_final"].isna().all()


def test_changed_state_years_are_listed_with_both_values_and_a_reason(merged, corrected):
    correction = CORRECTIONS["thousands_separators"]
    listed = correction.changed(merged, corrected["thousands_separators"])
    row = listed[
        (listed["ccode"] == 200) & (listed["year"] == 2010) & (listed["column"] == "troops_afghan_final")
    ]
    assert row[["before", "after", "reason"]].to_numpy().tolist() == [[0.0, 9500.0, "count with a separator"]]


def test_changes_count_missing_as_a_value():
    before = pd.DataFrame({"ccode": [2, 20], "country": ["a", "b"], "year": [2001, 2001], "x": [np.nan, 1.0]})
    assert changes(before, before, ["x"]).empty
    assert len(changes(before, before.assign(x=[1.0, np.nan]), ["x"])) == 2


def test_names_are_ordered_and_unknown_ones_refused():
    assert ordered(["all"]) == tuple(CORRECTIONS)
    assert ordered(["year_2014", "gdp_join"]) == ("gdp_join", "year_2014")
    with pytest.raises(InputError, match="gdp_joint"):
        ordered(["gdp_joint"])


def test_a_missing_source_is_an_input_error(merged, tmp_path):
    for name in ("thousands_separators", "gdp_join", "casualties_lag"):
        with pytest.raises(InputError, match="no such file"):
            CORRECTIONS[name].apply(merged, tmp_path)
