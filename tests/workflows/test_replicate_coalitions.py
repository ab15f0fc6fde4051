"""Henke (2017), Table 2, on the coalitions of 1990-2005 from public sources."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workflows.published.at_means import at_means
from workflows.published.models import fit_model
from workflows.published.replicate import Replication, as_json, replicate
from workflows.published.robustness import robustness
from workflows.published.study import load_study

STUDY = "henke-2017-coalitions"
LAKE = "henke-2017-coalitions-table-1"


@pytest.fixture(scope="module")
def raw(shared_data):
    return load_study(STUDY).read(shared_data)


@pytest.fixture(scope="module")
def found(raw):
    return replicate(load_study(STUDY), raw)


def test_every_printed_term_has_a_column_here():
    study = load_study(STUDY)
    known = set(study.printed_names().values())
    assert set(study.printed_rows()["term"]) <= known
    assert not study.absent


def test_embeddedness_is_positive_and_alliances_negative_on_these_rows_as_printed(found):
    for model, rows in (("(4) Logit", 703), ("(5) Logit (min 100 troops)", 1510)):
        fit = found.published(model)
        assert fit.n == rows
        assert fit.of("embeddedness")["estimate"] > 0
        assert fit.of("us_alliance")["estimate"] < 0


def test_disputes_have_the_other_sign_than_printed_in_model_4(found):
    assert found.published("(4) Logit").of("dispute")["lower"] > 0


def test_placebo_missions_are_no_rows_of_the_table(found, raw):
    assert (raw["placebo"] == 1).sum() > 1000
    assert (found.rows["placebo"] == 0).all()


def test_flows_that_are_not_known_cost_half_of_the_rows_of_model_4(raw):
    table = robustness(load_study(STUDY), raw).table
    rows = table[table["model"] == "(4) Logit"].groupby("variant")["n"].max()
    assert rows["as declared"] == 703
    assert rows["Flows that are not known taken as none"] == 1242


def test_probabilities_at_the_means_stand_beside_figure_1(found):
    table = at_means(found)
    assert list(table["printed"]) == [0.15, 0.25, 0.37, 0.03, 0.06, 0.11]
    assert table["probability"].iloc[:3].is_monotonic_increasing
    assert table["probability"].round(2).tolist() == [0.23, 0.34, 0.47, 0.06, 0.13, 0.24]


def test_a_probability_at_the_mean_is_that_of_the_logit(found):
    """Without year effects the linear predictor at the means is the mean of the linear predictors."""
    study = found.study
    models = [m.model_copy(update={"options": {}}) for m in study.models[:1]]
    plain = study.model_copy(update={"models": models})
    fit = fit_model(plain, models[0], found.rows, "clustered")
    table = at_means(Replication(plain, {models[0].name: {"clustered": fit}}, found.rows))
    terms = [t for t in fit.terms["term"] if t != "intercept"]
    complete = found.rows[["outcome", *models[0].terms]].dropna()
    eta = fit.of("intercept")["estimate"] + sum(fit.of(t)["estimate"] * complete[t] for t in terms)
    assert table["probability"].iloc[0] == pytest.approx(1 / (1 + np.exp(-eta.mean())), rel=1e-6)


def test_clusters_are_counted_on_the_rows_that_a_model_keeps():
    """Ten targets, of which seven have no outcome: three are too few to cluster by."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"ccode": np.repeat(np.arange(40), 10), "target": np.tile(np.arange(10), 40)})
    rows["embeddedness"] = rng.normal(size=400)
    rows["outcome"] = (rng.random(400) < 0.4).astype(float)
    rows.loc[rows["target"] >= 3, "outcome"] = np.nan
    study = load_study(STUDY)
    model = study.models[0].model_copy(update={"terms": ["embeddedness"], "options": {}})
    fit = fit_model(study, model, rows, "clustered")
    assert fit.cluster == "ccode"
    assert any("3 values of target are too few" in note for note in fit.notes)


def test_the_json_says_that_this_is_no_replication(found):
    out = as_json(found)
    assert out["differs"]
    assert "printed_numbers_reproduced" not in out


def test_germany_has_its_gdp_in_the_tables(found):
    """The file of GDP keeps West Germany's code: for a while no table here had a German row."""
    rows = found.rows[found.rows["ccode"] == 255]
    assert rows["gdppc"].notna().all()
    assert (rows["outcome"] == 1).sum() >= 5


# Table 1, Lake's specification.


@pytest.fixture(scope="module")
def lake(shared_data):
    study = load_study(LAKE)
    return replicate(study, study.read(shared_data))


def test_every_printed_term_of_lakes_but_government_crisis_has_a_column_here():
    study = load_study(LAKE)
    printed = set(study.printed_rows()["term"])
    assert printed - set(study.printed_names().values()) == set(study.absent) == {"Government crisis"}


def test_embeddedness_is_positive_beside_both_indexes_and_beside_their_components(lake):
    for model in ("(2) Lake (2009) regression modified", "(3) Lake (2009) with index components"):
        fit = lake.published(model)
        assert fit.n == 1143
        assert fit.of("embeddedness")["lower"] > 0


def test_the_security_index_is_negative_here_where_it_is_printed_positive(lake):
    assert lake.published("(1) Lake (2009) regression").of("security")["upper"] < 0
