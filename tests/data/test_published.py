"""The library of published results."""

from __future__ import annotations

import pandas as pd
import pytest

from data.common.errors import InputError
from data.facts import BUNDLED
from data.facts.published import (
    known_disagreements,
    predicted_effects,
    printed_table,
    published_models,
    published_results,
    study_name,
)


def test_every_row_is_a_coefficient_a_fit_statistic_or_a_claim():
    rows = published_results()
    assert len(rows) == 155
    assert rows["kind"].value_counts().to_dict() == {"coefficient": 129, "fit": 18, "claim": 8}


def test_printed_digits_are_kept_as_text():
    rows = printed_table("Gannon & Kent JCR (manuscript)", "Table 1")
    row = rows[(rows["model"] == "Political Controls") & (rows["term"] == "Alliance Potential")].iloc[0]
    assert row["estimate_printed"] == "0.010"
    assert row["estimate"] == 0.01
    assert row["interval"] == "ci_95"


def test_every_model_with_coefficients_is_described():
    rows = published_results()
    keys = ["study", "table", "model"]
    printed = set(map(tuple, rows.loc[rows["kind"] == "coefficient", keys].to_numpy()))
    assert printed == set(map(tuple, published_models()[keys].to_numpy()))


def test_disagreements_name_studies_and_models_that_exist():
    rows = published_results()
    doubts = known_disagreements()
    assert set(doubts["study"]) <= set(rows["study"])
    assert set(doubts["model"]) <= {*rows["model"], "all"}
    inflate = doubts[doubts["term"] == "Inflate (Diplomatic embeddedness)"]
    assert len(inflate) == 1


def test_the_roughly_200_troops_are_carried_with_their_unit():
    effects = predicted_effects()
    row = effects[effects["study"].str.startswith("Gannon")].iloc[0]
    assert (row["predicted"], row["unit"]) == (200, "troops per year")


def test_a_study_is_found_by_the_beginning_of_its_name():
    assert study_name("henke") == "Henke 2017 ISQ"
    with pytest.raises(InputError, match="no single study"):
        study_name("lake")


@pytest.mark.parametrize(("column", "value"), [("estimate", "0,005"), ("n_obs", "many")])
def test_a_printed_value_that_is_no_number_is_refused_with_its_place(tmp_path, column, value):
    rows = pd.read_csv(BUNDLED / "published_results.csv", dtype=str)
    rows.loc[3, column] = value
    rows.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(InputError, match="row 5") as error:
        published_results(tmp_path / "mine.csv")
    assert error.value.column == column


def test_an_unknown_table_is_refused():
    with pytest.raises(InputError, match="Table 9"):
        printed_table("Henke 2017 ISQ", "Table 9")
