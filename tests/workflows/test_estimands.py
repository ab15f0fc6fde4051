"""Estimands are what NumPy makes of the same draws, and counterfactuals move what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import pytest
import xarray as xr
from scipy.special import expit

from models.given import Given
from models.joint import joint
from models.predictor.operations import reference_of_operations
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from workflows.estimands import checks
from workflows.estimands import further as estimands
from workflows.estimands.effects import Means, headline_effect
from workflows.estimands.fit import Fit
from workflows.estimands.over_contribution import by_payment, later_ties, payments, ranked


@pytest.fixture(scope="module")
def fit():
    """A hurdle beta with draws near the truth, as a posterior would have them."""
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "hurdle_beta"}})
    panel, truth = simulate(spec, SMALL, seed=7)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    prior = checks.prior_draws(built, 12, seed=2)
    drawn = prior.copy(deep=True)
    for name in prior:
        if name in truth:
            drawn[name] = prior[name] * 0.05 + truth[name].values
    return Fit(built, xr.DataTree.from_dict({"posterior": drawn}))


def predictors(fit, draw):
    """Both linear predictors of one draw, from the model's graph at that draw alone."""
    from workflows.draws.evaluate import evaluate

    one = fit.draws["posterior"].to_dataset().isel(draw=[draw])
    eta = fit.joint.contribution.eta
    values = evaluate(fit.joint, one, {part: (tensor, ("row",)) for part, tensor in eta.items()})
    slopes = evaluate(fit.joint, one, {p: (s, ("row",)) for p, s in fit.joint.contribution.slope.items()})
    return {p: (values[p].values[0, 0], slopes[p].values[0, 0]) for p in eta}


def test_average_marginal_effects_are_the_mean_differences_of_their_parts(fit):
    found = estimands.average_marginal_effects(fit, step=0.3, most=None)
    one = predictors(fit, 4)
    (a, slope_a), (b, slope_b) = one["participation"], one["size"]
    p, q = expit(a), expit(a + 0.3 * slope_a)
    m, n = expit(b), expit(b + 0.3 * slope_b)
    here = found.isel(chain=0, draw=4)
    assert float(here["participation_probability"]) == pytest.approx((q - p).mean())
    assert float(here["share_given_participation"]) == pytest.approx((n - m).mean())
    assert float(here["share"]) == pytest.approx((q * n - p * m).mean())
    assert float(here["troops_of_average_military"]) == pytest.approx(111_976 * (q * n - p * m).mean())
    mine = fit.joint.design.operation == 1
    assert float(here["share_by_operation"][1]) == pytest.approx((q * n - p * m)[mine].mean())


def test_the_overall_marginal_effect_is_the_headline_effect(fit):
    found = estimands.average_marginal_effects(fit, step=0.3, most=None)["troops_of_average_military"]
    np.testing.assert_allclose(found, headline_effect(fit, step=0.3)["headline_all_rows"])


def test_participation_is_refused_where_the_likelihood_has_none():
    panel, truth = simulate("ordered_beta", SMALL, seed=1)
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "ordered_beta"}})
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    with pytest.raises(ValueError, match="ordered_beta has no probability of participation"):
        estimands.participation(built)


def test_were_depth_to_match_voting_potential_would_be_zero(fit):
    state = str(fit.joint.panel["row_state"].values[3])
    found = estimands.counterfactual_troops(fit, state, most=None)
    assert set(found["row_state"].values) == {state}
    one = predictors(fit, 0)
    rows = np.flatnonzero(fit.joint.panel["row_state"].values == state)
    potential = found["potential"].isel(chain=0, draw=0).values
    (a, slope_a), (b, slope_b) = one["participation"], one["size"]
    forces = fit.joint.design.outcome.armed_forces[rows]
    expected = (
        expit(a[rows] - potential * slope_a[rows]) * expit(b[rows] - potential * slope_b[rows]) * forces
    )
    np.testing.assert_allclose(found["troops_if_depth_matched_voting"].isel(chain=0, draw=0), expected)
    with pytest.raises(ValueError, match="no state 'Atlantis'"):
        estimands.counterfactual_troops(fit, "Atlantis")


def test_over_contribution_leaves_the_states_own_habit_in_and_ranks_contributors(fit):
    over = estimands.over_contribution(fit, most=None)
    habit = estimands.over_contribution(fit, most=None, own_effect=True)
    operation, state = fit.joint.design.operation, fit.joint.design.state
    cell = 5
    mine = (fit.joint.panel["operation"].values[operation] == over["cell_operation"].values[cell]) & (
        fit.joint.panel["state"].values[state] == over["cell_state"].values[cell]
    )
    (a, _), (b, _) = predictors(fit, 2).values()
    share = fit.joint.design.outcome.share[mine] - (expit(a) * expit(b))[mine]
    assert float(habit["share_above_expected"][0, 2, cell]) == pytest.approx(share.mean())
    assert not np.allclose(over["share_above_expected"], habit["share_above_expected"])
    sent = over["troops_observed"].values > 0
    assert np.isnan(over["rank_in_operation"].values[..., ~sent]).all()
    for name in np.unique(over["cell_operation"].values[sent]):
        here = sent & (over["cell_operation"].values == name)
        ranks = np.sort(over["rank_in_operation"].values[0, 0, here])
        np.testing.assert_array_equal(ranks, np.arange(1, here.sum() + 1))


def test_a_new_operation_is_less_certain_than_those_seen(fit):
    draws = fit.draws["posterior"].to_dataset()
    # The operations seen have told their slopes; a new one's come from the population.
    sampled = [
        f"{part}_slope_{what}_raw" for part in ("participation", "size") for what in ("average", "contrast")
    ]
    draws = draws.assign({name: 0.1 * draws[name] for name in sampled})
    wide = xr.concat([draws] * 40, "draw").assign_coords(draw=np.arange(40 * draws.sizes["draw"]))
    many = Fit(fit.joint, xr.DataTree.from_dict({"posterior": wide}))
    found = estimands.new_operation(many, step=0.3, seed=1)["headline_new_operation"]
    seen = headline_effect(many, step=0.3)["headline_all_rows"]
    assert found.shape == seen.shape
    assert float(found.std()) > float(seen.std())


def test_a_typical_state_has_no_effect_whatever_is_sampled_in_its_place(fit):
    draws = fit.draws["posterior"].to_dataset()
    changed, given = estimands.typical_state(fit.joint, draws)
    assert set(given) == {"participation_state", "size_state"}
    part = fit.joint.contribution
    quantities = {p: (eta, ("row",)) for p, eta in part.eta.items()}
    quantities |= {name: (fit.joint.model[name], ("state",)) for name in given}
    whole = estimands.evaluate(fit.joint, draws, quantities)
    bare = estimands.evaluate(fit.joint, changed, {p: quantities[p] for p in part.eta}, given=given)
    for p in part.eta:
        own = whole[f"{p}_state"].values[..., fit.joint.design.state]
        np.testing.assert_allclose(bare[p], whole[p].values - own, atol=1e-9)


def test_a_new_operation_changes_slopes_and_leaves_the_effects_of_states_as_they_are(fit):
    draws = fit.draws["posterior"].to_dataset()
    held = estimands.effects_of(fit.joint)
    assert {"size_state", "size_treaty"} <= set(held)
    effects = estimands.evaluate(fit.joint, draws, held)
    # Where potential is a difference the average sampled for similarity is that of its sum with the slope.
    sampled = [
        f"{part}_{key}_average_raw" for part in ("participation", "size") for key in ("slope", "similarity")
    ]
    changed = draws.assign({name: draws[name] + 1.0 for name in sampled})
    after = estimands.evaluate(
        fit.joint, changed.assign(effects.data_vars), {"size": (fit.joint.contribution.eta["size"], ("row",))},
        given=tuple(held),
    )["size"]  # fmt: skip
    before = predictors(fit, 3)["size"][0]
    potential, design = fit.joint.potential.eval(), fit.joint.design
    contributors = design.outcome.share > 0
    reference = reference_of_operations(design, contributors, pt.constant(potential)).eval()[design.operation]
    np.testing.assert_allclose(after.values[0, 3], before + (potential - reference), atol=1e-9)


def test_payments_leave_out_totals_and_what_never_came():
    table = payments()
    assert not ((table["operation"] == "Vietnam War") & (table["ccode"] == 900)).any()  # none asked
    georgia = table[(table["operation"] == "Iraq") & (table["ccode"] == 372)].iloc[0]
    assert georgia["payment"] == "deployment subsidy"
    two = table[table["operation"] == "ECOMOG Liberia"]
    assert {500, 510} <= set(two["ccode"])  # one row for two states
    assert set(table["payment"]) <= {
        "deployment subsidy",
        "political side deal",
        "deployment subsidy and political side deal",
        "sought or offered only",
    }


def test_contributors_are_ranked_beside_payments_and_no_record_is_said_to_be_none(fit):
    over = estimands.over_contribution(fit, most=None)
    table = ranked(over, fit)
    assert len(table) == int((over["troops_observed"] > 0).sum())
    assert (table["lower"] <= table["median"]).all()
    assert (table["median"] <= table["upper"]).all()
    assert set(table["payment"]) == {""}  # invented operations have no records
    marked = table.assign(payment=np.where(np.arange(len(table)) % 2, "deployment subsidy", ""))
    groups = by_payment(over, marked, by="payment")
    assert set(groups["group"]) == {"deployment subsidy", "no record"}
    assert groups[groups["operation"] == "all"]["contributors"].sum() == len(table)
    first = marked["operation"].iloc[0]
    alone = by_payment(over, marked.assign(payment=marked["payment"].where(marked["operation"] == first, "")))
    assert set(alone["operation"]) == {first}  # "all" would say the same rows twice


def test_later_ties_compare_each_draw_with_what_became_of_the_dyad(fit):
    over = estimands.over_contribution(fit, most=None)
    keys = fit.joint.panel.coords.to_dataset().reset_coords()
    ties = pd.DataFrame({k: keys[f"row_{k}"].values for k in ("ccode", "leader", "year")}).drop_duplicates()
    ties["joint_igos"] = ties["ccode"] % 7 + (ties["year"] - 2000) * (ties["ccode"] % 3)
    found = later_ties(fit, over, ties, wait=3, least=3).set_index("tie")
    assert {"similarity", "joint_igos"} <= set(found.index)
    assert (found["states"] >= 3).all()
    assert found["probability_positive"].between(0, 1).all()
    assert later_ties(fit, over, wait=50).empty
    assert later_ties(fit, over, wait=3, least=1000).empty


@pytest.mark.parametrize("weighted", [False, True])
def test_means_are_over_reference_rows_and_an_operation_without_any_has_none(fit, weighted):
    rng, operation = np.random.default_rng(1), fit.joint.design.operation
    values, weights = rng.normal(size=operation.size), rng.uniform(0.5, 2.0, operation.size)
    reference = (operation != 1) & (rng.uniform(size=operation.size) < 0.5)
    mean = Means(fit.joint, reference, weights if weighted else None)
    by_operation = mean.by_operation(pt.constant(values)).eval()
    each = weights if weighted else None
    for k in range(fit.joint.panel.sizes["operation"]):
        mine = reference & (operation == k)
        want = np.nan if k == 1 else np.average(values[mine], weights=None if each is None else each[mine])
        np.testing.assert_allclose(by_operation[k], want)
    want = np.average(values[reference], weights=None if each is None else each[reference])
    np.testing.assert_allclose(mean.over_all(pt.constant(values)).eval(), want)
