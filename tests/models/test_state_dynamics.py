"""A state's effect that moves over years: covariances by formula, gaps of years, and recovery."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from pytensor.graph.replace import clone_replace

from data.common.errors import InputError
from models.given import Given
from models.joint import joint
from models.predictor.state_dynamics import ar1_factor, state_year, walk_factor
from models.simulate import SMALL, Size, predictor, prior_truths, simulate
from models.spec import ContributionPriors, ModelSpec
from workflows.estimands.predictive_score import state_log_likelihood
from workflows.spec.mathematics import model_in_symbols, model_in_words, prior_table

PLAIN = Mode(linker="py", optimizer=None)
GAPS = np.array([2001, 2002, 2005, 2006, 2010])


def _spec(dynamics: str, **contribution) -> ModelSpec:
    return ModelSpec.model_validate({"contribution": {"state_dynamics": dynamics, **contribution}})


def test_ar1_has_the_covariance_of_a_stationary_process_with_gaps():
    for r in (0.05, 0.6, 0.99):
        factor = ar1_factor(GAPS, r).eval(mode=PLAIN)
        np.testing.assert_allclose(factor @ factor.T, r ** np.abs(GAPS[:, None] - GAPS), atol=1e-12)


def test_random_walk_has_the_covariance_of_brownian_steps_from_zero():
    factor, since = walk_factor(GAPS), GAPS - GAPS[0]
    np.testing.assert_allclose(factor @ factor.T, np.minimum(since[:, None], since), atol=1e-12)
    assert not factor[0].any()


@pytest.mark.parametrize("dynamics", ["ar1", "random_walk"])
def test_simulated_effects_have_the_covariance_of_the_process(dynamics):
    states, years = 4000, GAPS
    state, year = np.repeat(np.arange(states), len(years)), np.tile(years, states)
    with pm.Model(coords={"state": np.arange(states)}) as model:
        rows = state_year("size", dynamics, state, year, ContributionPriors(), 1.0)
    scale = {"size_state_year_sd": 0.8, "size_state_step_sd": 0.8, "size_state_autocorrelation": 0.6}
    given = {rv: rv.type(name=rv.name) for rv in model.free_RVs}
    values = {
        rv.name: np.random.default_rng(1).standard_normal(rv.shape.eval()) if rv.ndim else scale[rv.name]
        for rv in model.free_RVs
    }
    function = pytensor.function(list(given.values()), clone_replace(rows, given), mode=PLAIN)
    drawn = function(*(values[rv.name] for rv in model.free_RVs)).reshape(states, len(years))
    since = years - years[0]
    apart, together = np.abs(years[:, None] - years), np.minimum(since[:, None], since)
    wanted = 0.64 * (0.6**apart if dynamics == "ar1" else together)
    # Four standard errors of a covariance of Gaussian draws.
    variance = np.diag(wanted)
    error = np.sqrt((variance[:, None] * variance + wanted**2) / states)
    assert (np.abs(np.cov(drawn.T) - wanted) <= 4 * error + 1e-12).all()


@pytest.mark.parametrize("dynamics", ["ar1", "random_walk"])
def test_simulator_and_model_agree_and_every_row_gets_its_own_state_and_year(dynamics):
    spec = _spec(dynamics)
    panel, truth = simulate(spec, SMALL, seed=3)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    named = {v.name for v in (*built.model.free_RVs, *built.model.deterministics)}
    assert {n for n in truth if "state_" in n} == {
        n for n in named if "state_" in n and not n.endswith("_raw")
    }
    assert built.model.named_vars_to_dims["size_state_year"] == ("state", "year")
    assert list(built.model.coords["year"]) == [2001, 2002, 2004, 2005]
    free = built.model.free_RVs
    inputs = [rv.type() for rv in free]
    outputs = clone_replace(list(built.contribution.eta.values()), dict(zip(free, inputs, strict=True)))
    function = pytensor.function(inputs, outputs, mode=PLAIN, on_unused_input="ignore")
    potential = built.potential.eval(mode=PLAIN)
    drawn = prior_truths(built.model, 2, seed=5)[0]
    for part, eta in zip(
        built.contribution.eta, function(*[drawn[rv.name].values for rv in free]), strict=True
    ):
        np.testing.assert_allclose(predictor(panel, spec, drawn, part, potential), eta, rtol=1e-10)


def test_without_dynamics_nothing_is_added_to_the_model():
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    depth = truth["treaty_depth"].values
    plain = joint(panel, ModelSpec(), Given(depth)).model
    asked = joint(panel, _spec("none", priors={"state_year": 3.0}), Given(depth)).model
    free = [{rv.name for rv in model.free_RVs} for model in (plain, asked)]
    assert free[0] == free[1]
    assert not any("state_year" in name or "autocorrelation" in name for name in free[0])
    assert "year" not in plain.coords
    point = plain.initial_point()
    values = [model.compile_fn(model.logp(sum=False), mode=PLAIN)(point) for model in (plain, asked)]
    for one, other in zip(*values, strict=True):
        np.testing.assert_array_equal(one, other)


def test_moving_effects_need_the_states_own_level():
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    built = joint(panel, _spec("ar1", state_effects=False), Given(truth["treaty_depth"].values))
    assert "size_state_year" not in built.model.named_vars


def test_a_panel_of_one_year_is_refused_by_the_name_of_the_option():
    panel, truth = simulate("hurdle_beta", Size(states=40, operations={"Alder": (2001, 2001)}), seed=3)
    with pytest.raises(InputError, match="state_dynamics"):
        joint(panel, _spec("ar1"), Given(truth["treaty_depth"].values))


def test_scores_of_whole_states_are_refused_rather_than_computed_given_their_movement():
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    built = joint(panel, _spec("ar1"), Given(truth["treaty_depth"].values))
    with pytest.raises(InputError, match="state_dynamics"):
        state_log_likelihood(built, xr.Dataset())


@pytest.mark.parametrize(("dynamics", "words"), [("ar1", "AR(1)"), ("random_walk", "random walk")])
def test_the_movement_is_told_in_words_symbols_and_priors(dynamics, words):
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    built = joint(panel, _spec(dynamics), Given(truth["treaty_depth"].values))
    assert words in " ".join(model_in_words(built))
    assert r"\omega_{it}" in model_in_symbols(built)
    table = prior_table(built).set_index("parameter")
    if dynamics == "ar1":
        assert table.loc["size_state_autocorrelation", "unit"] == "correlation of neighbouring years"
        assert table.loc["size_state_autocorrelation", "prior"].startswith("Beta(4, 2")


@pytest.mark.slow
@pytest.mark.parametrize("dynamics", ["ar1", "random_walk"])
def test_a_moving_state_effect_is_recovered(dynamics):
    import arviz as az

    from workflows.sample import sample

    spec = _spec(dynamics, likelihood="gaussian", operation_year_effects=False)
    # Several rows of a state in a year tell its movement from the noise of a row; two leave R-hat close to its limit.
    operations = dict.fromkeys(("Alder", "Birch", "Cedar", "Dogwood"), (1996, 2005))
    size = Size(states=40, operations=operations, treaties=5, other_treaties=10)
    spread = "share_state_year_sd" if dynamics == "ar1" else "share_state_step_sd"
    # Movement about as large as the noise of a row (0.01).
    scale = 0.01 if dynamics == "ar1" else 0.005
    panel, truth = simulate(spec, size, seed=11)
    moved = truth["share_state_year"] * scale / float(truth[spread])
    panel, truth = simulate(
        spec, size, seed=11, truth={"share_state_year": moved, spread: xr.DataArray(scale)}
    )
    fit = sample(
        joint(panel, spec, Given(truth["treaty_depth"].values)),
        chains=2,
        tune=600,
        draws=600,
        target_accept=0.9,
    )
    posterior = fit.draws["posterior"].to_dataset()
    assert int(fit.draws["sample_stats"]["diverging"].sum()) <= 3
    scalars = [spread, "residual_sd", *["share_state_autocorrelation"] * (dynamics == "ar1")]
    for name in scalars:
        middle, sd = float(posterior[name].mean()), float(posterior[name].std())
        assert abs(middle - float(truth[name])) < 3.5 * sd, name
        assert float(az.rhat(posterior[[name]])[name]) < 1.1
    found = posterior["share_state_year"].mean(("chain", "draw"))
    assert np.corrcoef(found.values.ravel(), truth["share_state_year"].values.ravel())[0, 1] > 0.6
