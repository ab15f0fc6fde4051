"""Levels that are sampled in place of intercepts leave the model as it was."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from models.given import Given
from models.joint import joint
from models.likelihoods import get
from models.predictor.varying import (
    informative_rows,
    mean_over,
    members,
    varying,
    varying_with_error,
)
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from workflows.spec.mathematics import prior_table

PLAIN = Mode(linker="py", optimizer=None)


def test_means_are_taken_over_the_rows_that_count():
    index, rows = np.array([0, 0, 1, 1, 2]), np.array([True, True, True, False, False])
    found = mean_over(index, 3, rows, pt.constant(np.array([1.0, 3.0, 5.0, 7.0, 9.0]))).eval(mode=PLAIN)
    assert found.tolist() == [2.0, 5.0, 0.0]


def test_zeros_say_nothing_about_the_size_of_a_contingent():
    share = np.array([0.0, 0.1, 0.0])
    assert informative_rows("size", get("hurdle_beta"), share).tolist() == [False, True, False]
    assert informative_rows("participation", get("hurdle_beta"), share).all()


def test_an_intercept_has_the_same_prior_however_much_of_it_is_known():
    elsewhere, known = np.array([3.0, -1.0, 2.0]), np.array([1.0, 0.0, 0.7])
    with pm.Model(coords={"group": [0, 1, 2]}) as model:
        varying("effect", "group", pt.constant(2.0), known, elsewhere, usual=1.0)
        drawn = pm.draw(model["effect"], 4000, random_seed=1, mode=PLAIN)
        raw = model.rvs_to_values[model["effect_raw"]]
        logp = model.logp(jacobian=False, sum=False)[0]
    assert np.allclose(drawn.mean(0), 0.0, atol=4 * 2 / np.sqrt(4000))
    assert np.allclose(drawn.std(0), 2.0, rtol=0.05)
    # At effects of 1: the density of Normal(0, 2), times how fast the effect moves with what is sampled.
    power = 2.0 ** (1 - known)
    at = (1.0 + known * (elsewhere - 1.0)) / power
    want = -0.5 * (1 / 2) ** 2 - np.log(2) - 0.5 * np.log(2 * np.pi) + np.log(power)
    np.testing.assert_allclose(logp.eval({raw: at}, mode=PLAIN), want)


def test_an_intercept_of_few_groups_has_the_same_prior_at_any_spread():
    elsewhere, error = np.array([3.0, -1.0]), np.array([0.1, 2.0])
    for value in (1e-3, 0.5, 20.0):
        with pm.Model(coords={"group": [0, 1]}) as model:
            effect = varying_with_error("effect", "group", pt.constant(value), error, elsewhere, usual=1.0)
            raw = model.rvs_to_values[model["effect_raw"]]
            logp = model.logp(jacobian=False, sum=False)[0]
        found = pm.pytensorf.compile([model["effect_raw"]], effect, mode=PLAIN)
        at = pm.draw(model["effect_raw"], random_seed=1, mode=PLAIN)
        moved = found(at)
        # Of each by itself: how fast the effect moves with what is sampled.
        pace = found(at + 1.0) - moved
        want = -0.5 * (moved / value) ** 2 - np.log(value) - 0.5 * np.log(2 * np.pi) + np.log(pace)
        np.testing.assert_allclose(logp.eval({raw: at}, mode=PLAIN), want, rtol=1e-8)
        # Never wider, as sampled, than its prior, nor than what data leave open.
        assert (pace <= np.minimum(value, error) * (1 + 1e-9)).all()


def test_what_is_sampled_of_a_known_group_is_its_level_and_does_not_move_with_the_spread():
    with pm.Model(coords={"group": [0]}) as model:
        spread = pm.HalfNormal("spread", 1.0)
        effect = varying("effect", "group", spread, np.array([1.0]), pt.constant(np.array([3.0])), usual=1.0)
    given = {model["effect_raw"]: np.array([5.0])}
    for value in (0.1, 2.0):
        found = pm.pytensorf.compile([], effect, givens={**given, spread: np.array(value)}, mode=PLAIN)()
        np.testing.assert_allclose(found, 5.0 - (3.0 - 1.0))


@pytest.mark.parametrize("likelihood", ["hurdle_beta", "gaussian"])
def test_the_outcome_has_the_same_density_given_the_same_effects(likelihood):
    """Both parameterisations give a row the same predictor at the same intercepts, slopes and depths."""
    panel, truth = simulate(likelihood, SMALL, seed=5)
    depth = truth["treaty_depth"].values
    built = joint(panel, ModelSpec.model_validate({"contribution": {"likelihood": likelihood}}), Given(depth))
    rng = np.random.default_rng(2)
    effects = ("slope_mean", "intercept", "operation_year", "treaty", "state", "similarity", "control")
    for part, eta in built.contribution.eta.items():
        named = {e: built.model[f"{part}_{e}"] for e in effects if f"{part}_{e}" in built.model.named_vars}
        free = {rv: rng.normal(0.3, 0.2, rv.eval().shape) for rv in built.model.free_RVs}
        free = {rv: np.abs(v) if rv.name.endswith("_sd") else v for rv, v in free.items()}
        out = pm.pytensorf.compile(
            [], [eta, built.potential, *named.values()], givens=free, mode=PLAIN, on_unused_input="ignore"
        )()
        value = dict(zip(named, out[2:], strict=True))
        design, potential = built.design, out[1]
        slope = built.model[f"{part}_slope"] if f"{part}_slope" in built.model.named_vars else None
        by_row = value["slope_mean"]
        if slope is not None:
            by_row = pm.pytensorf.compile([], slope, givens=free, mode=PLAIN, on_unused_input="ignore")()[
                design.operation
            ]
        want = value["intercept"][design.operation] + by_row * potential
        if "operation_year" in value:
            want = want + value["operation_year"][design.operation_year]
        held = value["similarity"][design.operation] if value["similarity"].ndim else value["similarity"]
        want = want + held * (design.similarity - design.similarity.mean())
        if "control" in value:
            want = want + design.controls @ value["control"]
        want = want + design.in_force @ value["treaty"] + value["state"][design.state]
        np.testing.assert_allclose(out[0], want, atol=1e-10)


def test_priors_are_told_of_effects_not_of_what_is_sampled_in_their_place():
    panel, truth = simulate("hurdle_beta", SMALL, seed=5)
    built = joint(panel, given=Given(truth["treaty_depth"].values))
    prior = prior_table(built).set_index("parameter")["prior"]
    assert prior["participation_state (state)"] == "Normal(0, participation_state_sd)"
    assert prior["size_slope (operation)"] == "Normal(size_slope_mean, size_slope_spread)"
    assert not any("f(" in text for text in prior)


def test_a_group_whose_rows_all_weigh_nothing_is_sampled_as_a_multiple_of_its_spread():
    index, rows = np.array([0, 0, 1, 1]), np.array([True, True, True, False])
    weight = pt.constant(np.array([0.0, 0.0, 2.0, 1.0]))
    assert members(index, 2, rows, None).tolist() == [2, 1]
    count = members(index, 2, rows, weight)
    assert count.eval(mode=PLAIN).tolist() == [0, 1]
    with pm.Model(coords={"group": [0, 1]}) as model:
        effect = varying("effect", "group", pt.constant(2.0), count / (count + 1.0), np.array([3.0, -1.0]))
    value = pm.pytensorf.compile([], effect, givens={model["effect_raw"]: np.array([0.5, 0.5])}, mode=PLAIN)()
    # The first is twice its 0.5; the second, known by half, is what 0.5 leaves of half its mean elsewhere.
    np.testing.assert_allclose(value, [1.0, 0.5 * np.sqrt(2.0) + 0.5])
