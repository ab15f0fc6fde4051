"""Simulated panels: their format, their size and spread, and that truth fits the model by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytensor
import pytest
import xarray as xr
from pytensor.graph.replace import clone_replace

from data.panel import check_panel
from models.given import Given
from models.joint import joint
from models.likelihoods import names
from models.simulate import SMALL, Size, potential_of, predictor, prior_truths, simulate, with_outcome
from models.spec import DepthSpec, ModelSpec


def _spec(name: str, **contribution) -> ModelSpec:
    return ModelSpec.model_validate({"contribution": {"likelihood": name, **contribution}})


@pytest.mark.parametrize("name", [name for name in names() if name != "gaussian"])
def test_a_simulated_panel_is_a_panel_with_mostly_zeros(name):
    panel, _ = simulate(name, seed=4)
    check_panel(panel)
    assert panel.sizes["row"] == 170 * 13
    assert 0.85 <= float((panel["troops"] == 0).mean()) <= 0.95
    assert panel["treaty_in_panel"].to_numpy().sum() == 12


def test_potential_varies_between_states_and_little_within_them():
    between, within = [], []
    spec = ModelSpec(depth=DepthSpec(scale=(-2.0, 2.0)))
    for seed in range(12):
        panel, truth = simulate(spec, seed=seed)
        potential, state = pd.Series(truth["potential"].to_numpy()), panel["row_state"].to_numpy()
        mean = potential.groupby(state).transform("mean")
        between.append(potential.groupby(state).mean().std())
        within.append((potential - mean).std())
    assert np.mean(between) == pytest.approx(0.33, abs=0.03)
    assert np.mean(within) == pytest.approx(0.065, abs=0.015)


def test_the_same_seed_gives_the_same_panel_and_another_seed_another():
    first, again, other = (simulate("hurdle_beta", SMALL, seed=seed)[0] for seed in (1, 1, 2))
    xr.testing.assert_identical(first, again)
    assert not np.array_equal(first["share"], other["share"])


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("within_between", [False, True])
def test_truth_names_every_variable_of_the_model_that_generated_it(name, within_between):
    spec = _spec(name, within_between=within_between)
    panel, truth = simulate(spec, SMALL, seed=1)
    model = joint(panel, spec).model
    auxiliary = {"threshold_first", "threshold_gap", "loading_other", "loading_anchor"}
    for variable in (*model.free_RVs, *model.deterministics):
        if variable.name.endswith("_raw") or variable.name in auxiliary:
            continue
        assert variable.name in truth, variable.name
        assert truth[variable.name].dims == tuple(model.named_vars_to_dims.get(variable.name, ()))


@pytest.mark.parametrize("kind", ["difference", "residual"])
def test_predictors_of_simulator_and_model_agree_at_draws_of_the_prior(kind):
    spec = ModelSpec.model_validate({"contribution": {"within_between": True}, "potential": {"kind": kind}})
    panel, truth = simulate(spec, SMALL, seed=3)
    depth = truth["treaty_depth"]
    built = joint(panel, spec, Given(depth.to_numpy()))
    free = built.model.free_RVs
    inputs = [variable.type() for variable in free]
    outputs = clone_replace(list(built.contribution.eta.values()), dict(zip(free, inputs, strict=True)))
    model_eta = pytensor.function(inputs, outputs, mode="FAST_COMPILE", on_unused_input="ignore")
    similarity = panel["similarity"].to_numpy()
    potential = potential_of(panel, depth.to_numpy(), spec, similarity)
    for drawn in prior_truths(built.model, 2, seed=5):
        expected = model_eta(*[drawn[variable.name].to_numpy() for variable in free])
        for part, eta in zip(built.contribution.eta, expected, strict=True):
            np.testing.assert_allclose(predictor(panel, spec, drawn, part, potential), eta, rtol=1e-10)


def test_similarity_with_error_keeps_the_truth_apart():
    panel, truth = simulate("hurdle_beta", Size(similarity_sd=0.05), seed=2)
    error = (panel["similarity"] - truth["similarity"]).to_numpy()
    assert error.std() == pytest.approx(0.05, abs=0.01)
    assert np.all(panel["similarity_sd"] == 0.05)


def test_a_new_outcome_leaves_the_covariates_as_they_are():
    spec = _spec("hurdle_lognormal")
    panel, truth = simulate(spec, SMALL, seed=2)
    again = with_outcome(panel, spec, truth, np.random.default_rng(9))
    assert not np.array_equal(panel["share"], again["share"])
    xr.testing.assert_identical(panel.drop_vars(["troops", "share"]), again.drop_vars(["troops", "share"]))
