"""Similarity that is known with error: latent, the same inside potential and where it is held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pymc as pm
import pytensor
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from pytensor.graph.replace import clone_replace
from scipy.stats import foldnorm

from data.common.errors import InputError
from models.contribution import contribution
from models.given import REFITTED, Given
from models.joint import design_of, joint
from models.likelihoods import get
from models.potential import latent_basis, similarity_basis
from models.similarity import at_observed_similarity, dyad_years, similarity_errors
from models.simulate import SMALL, potential_of, predictor, prior_truths, simulate
from models.spec import ModelSpec, PotentialSpec
from workflows.sampling.exchangeable import Exchangeable
from workflows.spec.mathematics import model_in_symbols, model_in_words, prior_table

PLAIN = Mode(linker="py", optimizer=None)
NOISY = replace(SMALL, similarity_sd=0.06)
POTENTIALS = [
    {"kind": "difference"},
    {"kind": "residual"},
    {"kind": "residual", "basis": "spline"},
    {"kind": "residual", "basis": "spline", "knots": 7},
]


def _spec(potential: dict | None = None, **contribution) -> ModelSpec:
    return ModelSpec.model_validate(
        {"potential": potential or {}, "contribution": {"similarity_error": True, **contribution}}
    )


def _values(built, tensors, drawn) -> list[np.ndarray]:
    free = built.model.free_RVs
    inputs = [rv.type() for rv in free]
    outputs = clone_replace(list(tensors), dict(zip(free, inputs, strict=True)))
    function = pytensor.function(inputs, outputs, mode=PLAIN, on_unused_input="ignore")
    return function(*[np.asarray(drawn[rv.name], float) for rv in free])


@pytest.mark.parametrize("knots", [3, 4, 8])
def test_latent_basis_spans_the_same_functions_as_the_observed_one(knots):
    similarity = np.random.default_rng(1).beta(2, 3, 200)
    for basis in ("linear", "spline"):
        spec = PotentialSpec(kind="residual", basis=basis, knots=knots)
        plain = similarity_basis(similarity, spec)
        latent = latent_basis(pytensor.tensor.constant(similarity), similarity, spec).eval(mode=PLAIN)
        np.testing.assert_allclose(latent.T @ latent, np.eye(latent.shape[1]), atol=1e-9)
        np.testing.assert_allclose(latent @ latent.T, plain @ plain.T, atol=1e-8)


@pytest.mark.parametrize("kind", POTENTIALS)
def test_potential_without_a_departure_is_that_of_the_observed_similarity(kind):
    spec = _spec(kind)
    panel, truth = simulate("hurdle_beta", NOISY, seed=3)
    depth = truth["treaty_depth"].values
    built = joint(panel, spec, Given(depth))
    plain = joint(panel, at_observed_similarity(spec), Given(depth))
    zero = {rv.name: np.zeros(rv.shape.eval()) for rv in built.model.free_RVs}
    found = _values(built, [built.potential], zero)[0]
    np.testing.assert_allclose(found, plain.potential.eval(mode=PLAIN), atol=1e-8)
    assert isinstance(built.design.similarity, np.ndarray)


@pytest.mark.parametrize("kind", POTENTIALS[:3])
def test_one_latent_similarity_is_inside_potential_and_held(kind):
    spec = _spec(kind, within_between=True)
    panel, truth = simulate(spec, NOISY, seed=3)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    assert built.model.named_vars_to_dims["similarity_latent"] == ("dyad_year",)
    assert truth["similarity_latent"].sizes["dyad_year"] == len(built.model.coords["dyad_year"])
    drawn = prior_truths(built.model, 2, seed=5)[0]
    latent = drawn["similarity_latent"].values
    assert latent.max() <= 1
    potential = potential_of(panel, truth["treaty_depth"].values, spec, latent[dyad_years(panel)])
    values = _values(built, [built.potential, *built.contribution.eta.values()], drawn)
    np.testing.assert_allclose(values[0], potential, atol=1e-8)
    for part, eta in zip(built.contribution.eta, values[1:], strict=True):
        np.testing.assert_allclose(predictor(panel, spec, drawn, part, potential), eta, atol=1e-7)


def test_latent_similarity_lies_around_the_observed_one_with_its_error_and_below_one():
    panel, truth = simulate("hurdle_beta", NOISY, seed=3)
    model = joint(panel, _spec(), Given(truth["treaty_depth"].values)).model
    with model:
        drawn = pm.draw(model["similarity_latent"], 500, random_seed=2, mode=PLAIN)
    first = np.unique(dyad_years(panel), return_index=True)[1]
    seen, error = panel["similarity"].values[first], panel["similarity_sd"].values[first]
    wanted = foldnorm((1 - seen) / error, scale=error)
    z = (1 - drawn.mean(0) - wanted.mean()) / (wanted.std() / np.sqrt(500))
    assert np.abs(z).max() < 4.5
    assert abs((drawn.std(0) / wanted.std()).mean() - 1) < 0.01


def test_off_leaves_the_model_as_it_is_whatever_the_panel_carries():
    panel, truth = simulate("hurdle_beta", NOISY, seed=3)
    depth = truth["treaty_depth"].values
    without = panel.assign(similarity_sd=xr.full_like(panel["similarity_sd"], np.nan))
    models = [joint(p, ModelSpec(), Given(depth)).model for p in (panel, without)]
    assert "dyad_year" not in models[0].coords
    assert not any(rv.name.startswith("similarity_") for rv in models[0].free_RVs)
    point = models[0].initial_point()
    values = [model.compile_fn(model.logp(sum=False), mode=PLAIN)(point) for model in models]
    for one, other in zip(*values, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_panel_without_the_error_of_its_similarity_is_refused():
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    with pytest.raises(InputError, match=r"similarity_error.*rows without a positive similarity_sd"):
        joint(panel, _spec(), Given(truth["treaty_depth"].values))
    with pytest.raises(InputError, match="similarity_error"):
        similarity_errors(panel.drop_vars("similarity_sd"))
    noisy, _ = simulate("hurdle_beta", NOISY, seed=3)
    noisy["similarity_sd"][7] = 0.0
    with pytest.raises(InputError, match="1 of 160 rows"):
        similarity_errors(noisy)


def test_two_similarities_of_one_dyad_year_are_refused():
    size = replace(NOISY, operations={"Alder": (2001, 2002), "Birch": (2002, 2003)})
    panel, _ = simulate("hurdle_beta", size, seed=3)
    similarity_errors(panel)
    row = int(np.flatnonzero((panel["row_year"] == 2002).values)[0])
    panel["similarity"][row] += 0.01
    with pytest.raises(InputError, match="in 2002"):
        similarity_errors(panel)


def test_a_program_with_similarity_as_data_is_refused():
    panel, _ = simulate("hurdle_beta", NOISY, seed=3)
    spec = _spec()
    design, coords = design_of(panel, spec)
    with pm.Model(coords=coords), pytest.raises(InputError, match="similarity_error"):
        contribution(
            design, pytensor.tensor.constant(design.similarity), spec.contribution, get("hurdle_beta")
        )


def test_refits_and_calibration_carry_the_same_latent_similarity():
    panel, truth = simulate("hurdle_beta", NOISY, seed=3)
    depth = truth["treaty_depth"].values
    built = joint(panel, _spec(), Given(depth)).model
    again = joint(panel, _spec(), Given(depth, REFITTED)).model
    point = built.initial_point()
    values = [m.compile_fn(m.logp(sum=False), mode=PLAIN)(point) for m in (built, again)]
    assert sum(map(np.sum, values[0])) == pytest.approx(sum(map(np.sum, values[1])))
    assert "similarity_raw" in {rv.name for rv in Exchangeable(panel, _spec()).joint.model.free_RVs}


def test_the_latent_similarity_is_told_in_words_symbols_and_priors():
    panel, truth = simulate("hurdle_beta", NOISY, seed=3)
    built = joint(panel, _spec(), Given(truth["treaty_depth"].values))
    assert any(line.startswith("Similarity.") for line in model_in_words(built))
    assert r"S_{ilt} = 1 - |1 - s_{ilt} - \sigma_{ilt} z_{ilt}|" in model_in_symbols(built)
    table = prior_table(built).set_index("parameter")
    assert table.loc["similarity_raw (dyad_year)", "unit"] == "standard errors of similarity"


@pytest.mark.slow
@pytest.mark.parametrize("kind", POTENTIALS[:3])
def test_latent_similarity_is_sampled_without_trouble(kind):
    from workflows.sample import sample

    spec = _spec(kind, likelihood="gaussian", operation_year_effects=False)
    panel, truth = simulate(spec, NOISY, seed=4)
    fit = sample(joint(panel, spec, Given(truth["treaty_depth"].values)), chains=2, tune=500, draws=300)
    posterior = fit.draws["posterior"].to_dataset()
    assert int(fit.draws["sample_stats"]["diverging"].sum()) <= 3
    z = (posterior["similarity_latent"] - truth["similarity_latent"]).mean(("chain", "draw"))
    assert 0.8 < float((z / posterior["similarity_latent"].std(("chain", "draw"))).std()) < 1.25
