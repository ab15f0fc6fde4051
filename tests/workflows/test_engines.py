"""Frequentist engines: agreement with pyfixest, clear errors, and notes on what was left out."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from workflows.published import engines
from workflows.published.frequentist import TIDY, estimate

PANEL = pd.read_csv(Path(__file__).resolve().parent / "r_engines" / "panel.csv")
THREE = ["potential", "similarity", "ally"]
#: A column of the panel for each kind of outcome.
OUTCOMES = {"number": "share", "binary": "sent", "count": "count"}


@pytest.fixture(scope="module")
def pyfixest():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("pyfixest")


@pytest.mark.parametrize(
    ("engine", "errors", "formula", "vcov"),
    [
        ("ols", "classical", "share ~ potential + similarity + ally", "iid"),
        ("ols", "robust", "share ~ potential + similarity + ally", "HC1"),
        ("ols", "clustered", "share ~ potential + similarity + ally", {"CRV1": "unit"}),
        ("fixed_effects", "classical", "share ~ potential + similarity + ally | unit", "iid"),
        ("fixed_effects", "clustered", "share ~ potential + similarity + ally | unit", {"CRV1": "unit"}),
    ],
)
def test_linear_engines_agree_with_pyfixest(pyfixest, engine, errors, formula, vcov):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pyfixest.feols(formula, data=PANEL, vcov=vcov).tidy()
    mine = estimate(PANEL, "share", THREE, engine=engine, errors=errors, unit="unit").terms.set_index("term")
    for term in THREE:
        assert mine.loc[term, "estimate"] == pytest.approx(theirs.loc[term, "Estimate"], rel=1e-6)
        # fixest counts the absorbed constant as one parameter more when it clusters; plm and this do not.
        factor = np.sqrt((960 - 4) / (960 - 3)) if (engine, errors) == ("fixed_effects", "clustered") else 1
        assert mine.loc[term, "std_error"] == pytest.approx(factor * theirs.loc[term, "Std. Error"], rel=1e-4)


@pytest.mark.parametrize("engine", engines.names())
@pytest.mark.parametrize("errors", ["classical", "robust", "clustered"])
def test_every_engine_gives_the_same_tidy_form(engine, errors):
    outcome = OUTCOMES[engines.get(engine).outcome]
    fit = estimate(PANEL, outcome, THREE, engine=engine, errors=errors, unit="unit", level=0.9)
    assert list(fit.terms.columns) == list(TIDY)
    assert (fit.terms["interval"] == "ci_90").all()
    assert (fit.terms["lower"] < fit.terms["estimate"]).all()
    assert fit.covariance.shape == (len(fit.terms), len(fit.terms))
    assert fit.n <= len(PANEL)


@pytest.mark.parametrize("engine", ["fixed_effects", "fixed_effects_logit"])
def test_a_term_that_the_unit_effects_absorb_is_refused_by_name(engine):
    frame = PANEL.assign(distance=PANEL["unit"] * 10.0)
    outcome = "share" if engine == "fixed_effects" else "sent"
    with pytest.raises(InputError, match="distance constant within every unit"):
        estimate(frame, outcome, [*THREE, "distance"], engine=engine, unit="unit")


@pytest.mark.parametrize("engine", engines.names())
def test_a_collinear_control_is_refused_with_what_it_is_made_of(engine):
    frame = PANEL.assign(gap=PANEL["similarity"] - PANEL["potential"])
    outcome = OUTCOMES[engines.get(engine).outcome]
    with pytest.raises(InputError, match="gap is an exact combination of potential, similarity"):
        estimate(frame, outcome, ["potential", "similarity", "gap"], engine=engine, unit="unit")


def test_a_constant_control_is_a_combination_of_the_intercept():
    with pytest.raises(InputError, match="one is an exact combination of intercept"):
        estimate(PANEL.assign(one=1.0), "share", ["potential", "one"])


@pytest.mark.parametrize("engine", ["logit", "random_effects_logit"])
def test_perfect_separation_is_an_error(engine):
    frame = PANEL.assign(tell=np.where(PANEL["sent"] == 1, 1.0, -1.0) * (1 + PANEL["similarity"].abs()))
    with pytest.raises(InputError):
        estimate(frame, "sent", ["tell"], engine=engine, unit="unit")


def test_years_without_variation_leave_the_logit_with_a_note():
    frame = PANEL.assign(sent=PANEL["sent"].where(PANEL["year"] != 2001, 0))
    fit = estimate(frame, "sent", THREE, engine="logit", dummies="year", unit="unit")
    assert fit.n == len(PANEL) - 80
    assert "80 rows left out: sent never varies in year 2001" in fit.notes
    assert "year=2002" not in set(fit.terms["term"])


def test_units_without_variation_leave_the_conditional_logit_with_a_note():
    fit = estimate(PANEL, "sent", THREE, engine="fixed_effects_logit", unit="unit")
    assert any("without variation in the outcome left out" in note for note in fit.notes)
    assert fit.units < 80


def test_missing_values_are_counted_in_the_notes():
    frame = PANEL.assign(potential=PANEL["potential"].where(PANEL["unit"] > 2))
    assert estimate(frame, "share", THREE).notes == ("24 rows left out for missing values",)
    assert (
        "24 rows left out for missing values"
        in estimate(frame, "sent", THREE, engine="logit", dummies="year").notes
    )


def test_fractions_in_a_poisson_outcome_are_said():
    frame = PANEL.assign(logged=np.log1p(PANEL["count"]))
    fit = estimate(frame, "logged", THREE, engine="zero_inflated_poisson", inflate=["similarity"])
    assert any("quasi-likelihood" in note for note in fit.notes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"engine": "ridge"}, "estimator 'ridge'"),
        ({"errors": "bootstrap"}, "errors 'bootstrap'"),
        ({"errors": "clustered"}, "without a cluster"),
        ({"engine": "fixed_effects"}, "no unit"),
        ({"engine": "logit"}, "found 0.0"),
    ],
)
def test_wrong_calls_are_input_errors(call, message):
    with pytest.raises(InputError, match=message):
        estimate(PANEL, "share", THREE, **call)


def test_an_unknown_column_is_an_input_error():
    with pytest.raises(InputError, match="no such column"):
        estimate(PANEL, "share", ["distance"])


def test_the_conditional_logit_is_that_of_statsmodels():
    """Within the reach of the library's recursion: twelve rows a unit."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    fit = estimate(PANEL, "sent", THREE, engine="fixed_effects_logit", unit="unit")
    vary = PANEL[PANEL.groupby("unit")["sent"].transform("nunique") > 1]
    theirs = ConditionalLogit(vary["sent"].to_numpy(), vary[THREE].to_numpy(), groups=vary["unit"].to_numpy())
    ours = fit.terms["estimate"].to_numpy()
    assert fit.statistics["log_likelihood"] == pytest.approx(theirs.loglike(ours), rel=1e-9)
    assert np.abs(theirs.score(ours)).max() < 1e-5


def test_the_conditional_logit_is_quick_with_many_rows_a_unit():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(60), 80), "x": rng.normal(size=4800)})
    chance = 1 / (1 + np.exp(-(rng.normal(size=60)[frame["unit"]] + 0.5 * frame["x"])))
    frame["sent"] = (rng.random(4800) < chance).astype(float)
    row = estimate(frame, "sent", ["x"], engine="fixed_effects_logit", unit="unit").of("x")
    assert row["lower"] < 0.5 < row["upper"]


def test_year_effects_of_the_conditional_logit_are_columns_of_it():
    fit = estimate(PANEL, "sent", THREE, engine="fixed_effects_logit", unit="unit", dummies="year")
    columns = pd.get_dummies(PANEL["year"], prefix="y", dtype=float).iloc[:, 1:]
    by_hand = estimate(
        PANEL.join(columns), "sent", [*THREE, *columns], engine="fixed_effects_logit", unit="unit"
    )
    assert fit.of("potential")["estimate"] == pytest.approx(by_hand.of("potential")["estimate"], rel=1e-8)


def test_a_term_that_orders_the_outcome_within_units_is_refused_by_name():
    last = PANEL["unit"] == PANEL["unit"].iloc[-1]
    sent = PANEL["sent"].mask(last, np.arange(len(PANEL)) % 2)
    frame = PANEL.assign(sent=sent, tell=sent.where(last, 0))
    with pytest.raises(InputError, match="tell orders yes and no in every unit"):
        estimate(frame, "sent", [*THREE, "tell"], engine="fixed_effects_logit", unit="unit")


def _averaged(**options):
    return estimate(PANEL, "sent", THREE, engine="gee", errors="clustered", unit="unit", **options)


def test_the_autoregressive_logit_solves_its_estimating_equations():
    """Zeger and Liang's equations and the sandwich, written out with whole matrices."""
    fit = _averaged(structure="autoregressive", time="year")
    beta, r = fit.terms["estimate"].to_numpy(), fit.statistics["correlation"]
    assert 0 < r < 1
    scores, bread = [], np.zeros((4, 4))
    for _, rows in PANEL.sort_values(["unit", "year"]).groupby("unit"):
        x = np.column_stack([np.ones(len(rows)), rows[THREE]])
        p = 1 / (1 + np.exp(-x @ beta))
        place = np.arange(len(rows))
        correlation = r ** np.abs(place[:, None] - place)
        root = np.sqrt(p * (1 - p))
        inverse = np.linalg.inv(root[:, None] * correlation * root)
        slopes = (p * (1 - p))[:, None] * x
        scores.append(slopes.T @ inverse @ (rows["sent"].to_numpy() - p))
        bread += slopes.T @ inverse @ slopes
    assert np.abs(np.sum(scores, axis=0)).max() < 1e-5
    sandwich = np.linalg.inv(bread) @ (np.transpose(scores) @ scores) @ np.linalg.inv(bread)
    assert fit.covariance.to_numpy() == pytest.approx(sandwich, rel=1e-5)


def test_autoregressive_series_are_cut_where_a_year_is_missing():
    gone = PANEL[PANEL["year"] != PANEL["year"].median().round()]
    fit = estimate(gone, "sent", THREE, engine="gee", unit="unit", structure="autoregressive", time="year")
    assert any("80 gaps in year" in note for note in fit.notes)


def test_series_within_units_are_not_correlated_but_clustered_together():
    two = pd.concat([PANEL.assign(operation="a"), PANEL.assign(operation="b")], ignore_index=True)
    ask = {"engine": "gee", "errors": "clustered", "unit": "unit", "structure": "autoregressive"}
    with pytest.raises(InputError, match="several rows of a unit in one year"):
        estimate(two, "sent", THREE, time="year", **ask)
    both = estimate(two, "sent", THREE, time="year", within="operation", **ask)
    once = _averaged(structure="autoregressive", time="year")
    # The same rows twice, clustered by unit, tell nothing more than once.
    assert both.covariance.to_numpy() == pytest.approx(once.covariance.to_numpy(), rel=1e-6)
    with pytest.raises(InputError, match="year changes within a series"):
        estimate(two, "sent", THREE, time="year", within="operation", cluster="year", **ask)


@pytest.mark.parametrize("engine", engines.names())
def test_clusters_are_named_and_counted(engine):
    outcome = OUTCOMES[engines.get(engine).outcome]
    fit = estimate(PANEL, outcome, THREE, engine=engine, errors="clustered", unit="unit")
    assert (fit.cluster, fit.clusters) == ("unit", fit.units)
    assert estimate(PANEL, outcome, THREE, engine=engine, unit="unit").clusters == 0
