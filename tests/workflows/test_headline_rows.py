"""The headline table from the printed digits to the corrected data."""

from __future__ import annotations

import pytest

from workflows.estimands.headline import AVERAGE_ARMED_FORCES, PUBLISHED_STEP, linear_headline
from workflows.published.headline import COLUMNS, headline_rows


@pytest.fixture(scope="module")
def table(shared_data):
    return headline_rows(shared_data)


def test_the_roughly_200_troops_of_the_text_are_the_all_controls_model():
    assert round(linear_headline(0.005, PUBLISHED_STEP)) == 196


def test_published_replicated_each_correction_and_all_together_are_rows(table):
    assert list(table.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert table["id"].is_unique
    assert table["group"].value_counts().to_dict() == {"published": 4, "replicated": 8, "correction": 48}
    parents = set(table["parent"]) - {""}
    assert parents <= set(table["id"])


def test_the_headline_of_a_linear_model_is_its_scaled_coefficient(table):
    expected = AVERAGE_ARMED_FORCES * table["estimate"] * table["step"]
    assert (abs(table["headline"] - expected) < 1e-9).all()
    assert (table["lower"] < table["headline"]).all()
    assert (table["headline"] < table["upper"]).all()


def test_replicated_headlines_round_to_the_published_ones(table):
    both = table[table["group"].isin(["published", "replicated"]) & (table["errors"] == "classical")]
    wide = both.pivot(index="model", columns="group", values="headline")
    assert (abs(wide["published"] - wide["replicated"]) <= 20).all()


def test_clustered_errors_move_the_interval_and_not_the_estimate(table):
    wide = table[table["group"] != "published"].pivot(
        index=["corrections", "model"], columns="errors", values=["headline", "upper"]
    )
    assert (wide["headline", "classical"] - wide["headline", "clustered"]).abs().max() < 1e-9
    assert (wide["upper", "classical"] != wide["upper", "clustered"]).all()


def test_the_step_is_the_published_one_unless_potential_is_another(table):
    turned = table["corrections"].str.contains("depth_orientation")
    assert (table.loc[~turned, "step"] == PUBLISHED_STEP).all()
    assert table.loc[turned, "step"].between(0.2, 0.3).all()


def test_rows_and_states_change_where_a_correction_changes_the_sample(table):
    rows = table.set_index("id")["rows"]
    states = table.set_index("id")["states"]
    assert rows["correction:gdp_join:all_controls:classical"] > 1700
    assert states["correction:gdp_join:all_controls:classical"] > 140
    assert rows["correction:year_2014:baseline:classical"] < 2210
    assert rows["correction:depth_orientation:baseline:classical"] == 2210


def test_turning_depth_round_changes_the_sign_between_states_and_not_within(table):
    found = table.set_index("id")["headline"]
    for model in ("baseline", "political_controls", "all_controls"):
        assert found[f"correction:depth_orientation:{model}:classical"] < 0
    assert found["correction:depth_orientation:fixed_effects:classical"] > 0


def test_effects_within_states_are_also_given_for_the_spread_within_states(table):
    """Potential varies far less within states than between them; 0.35 within a state is an extrapolation."""
    fixed = table["model"] == "Fixed Effects"
    estimated = fixed & (table["group"] != "published")
    assert table.loc[estimated, "within_step"].between(0.03, 0.15).all()
    assert table.loc[~estimated, "within_step"].isna().all()
    first = table[estimated].iloc[0]
    expected = AVERAGE_ARMED_FORCES * first["estimate"] * first["within_step"]
    assert first["headline_at_within_step"] == pytest.approx(expected)
