"""Three samplers behind one adapter: the same names, dims and starts, and draws that a seed fixes."""

from __future__ import annotations

import dataclasses
import re
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from pydantic import ValidationError

from data.common.errors import InputError
from models.given import Given
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows import samplers
from workflows.draws.starts import constrained, starts, unconstrained, within
from workflows.sampling.chains import annotate, run_chains
from workflows.sampling.program import Program, chain_seed, combine
from workflows.spec.run import SamplingSpec

TINY = Size(states=16, operations={"Alder": (2001, 2002)}, treaties=4, other_treaties=0)
PLAIN = {
    "likelihood": "gaussian",
    "treaty_effects": False,
    "state_effects": False,
    "operation_year_effects": False,
    "slope_varies": False,
}
NEEDED = ("diverging", "energy", "reached_max_treedepth", "tree_depth", "n_steps", "step_size", "lp")


@pytest.fixture(scope="module")
def tiny():
    """A joint model with measurement inside, of few parameters."""
    spec = ModelSpec.model_validate({"contribution": PLAIN, "depth": {"items": "known"}})
    panel, _ = simulate(spec, TINY, 4)
    return joint(panel, spec)


@pytest.fixture(scope="module")
def known():
    """The same with depth known: quick to compile for every sampler."""
    spec = ModelSpec.model_validate({"contribution": PLAIN})
    panel, truth = simulate(spec, TINY, 4)
    return joint(panel, spec, Given(truth["treaty_depth"].to_numpy()))


@pytest.fixture(scope="module", params=samplers.names())
def sampled(request, known, tmp_path_factory):
    spec = SamplingSpec(sampler=request.param, chains=2, tune=120, draws=60, seed=11)
    timing: dict = {}
    temporary = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        return spec, dict(run_chains(known, spec, timing=timing)), timing, temporary


def test_no_sampler_leaves_a_file_in_the_folder_for_temporary_ones(sampled):
    *_, temporary = sampled
    assert list(temporary.iterdir()) == []


def test_every_sampler_records_the_statistics_of_the_gate_under_one_name(sampled):
    _, chains, *_ = sampled
    for tree in chains.values():
        stats = tree["sample_stats"].to_dataset()
        assert set(NEEDED) <= set(stats.data_vars)
        assert stats["diverging"].dtype == bool
        assert stats["reached_max_treedepth"].dtype == bool
        assert all(stats[name].dims == ("chain", "draw") for name in NEEDED)
        assert np.isfinite(stats["energy"]).all()
        assert (stats["n_steps"] >= 1).all()


def test_every_sampler_returns_the_models_variables_with_their_dims(sampled, known):
    _, chains, *_ = sampled
    posterior = combine(chains)["posterior"].to_dataset()
    assert list(posterior["chain"].values) == [0, 1]
    for variable in known.model.free_RVs:
        dims = ("chain", "draw", *(known.model.named_vars_to_dims.get(variable.name) or ()))
        assert posterior[variable.name].dims == dims
    assert list(posterior["control"].values) == list(known.model.coords["control"])
    assert (posterior["residual_sd"] > 0).all()


def test_compile_and_sample_time_are_recorded_apart(sampled):
    _, _, timing, _ = sampled
    assert timing["compile_seconds"] > 0
    assert timing["sample_seconds"] > 0


def test_a_chain_is_the_same_whichever_others_run_beside_it(sampled, known):
    spec, chains, *_ = sampled
    again = dict(run_chains(known, spec, [1], cores=1))
    xr.testing.assert_equal(again[1]["posterior"].to_dataset(), chains[1]["posterior"].to_dataset())


def test_chains_of_one_run_differ(sampled):
    _, chains, *_ = sampled
    first, second = (chains[k]["posterior"]["share_slope_mean"].values.ravel() for k in (0, 1))
    assert not np.isclose(first, second).any()
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.6


def test_another_seed_gives_other_draws(known):
    spec = SamplingSpec(chains=1, tune=50, draws=20, seed=1)
    one, two = (
        dict(run_chains(known, s, [0]))[0]["posterior"]["share_slope_mean"].values
        for s in (spec, spec.model_copy(update={"seed": 2}))
    )
    assert not np.isclose(one, two).any()


def test_seeds_of_chains_depend_on_the_run_and_the_number_alone():
    seeds = {chain_seed(seed, chain) for seed in range(20) for chain in range(20)}
    assert len(seeds) == 400
    assert chain_seed(5, 3) == chain_seed(5, 3)


def test_chains_start_in_both_modes_of_depth(tiny):
    count = np.nansum(np.minimum(tiny.panel["provisions"].values, 1), axis=1)
    for chain in range(4):
        point = starts(tiny, chain, 7)
        sign = 1 if chain % 2 == 0 else -1
        assert np.corrcoef(point["treaty_depth"], sign * count)[0, 1] > 0.99
        assert np.isfinite(tiny.model.compile_logp(mode="FAST_COMPILE")(point))


def test_without_treaties_in_force_a_chain_starts_as_silently(tiny):
    alone = joint(tiny.panel.assign(in_force=xr.zeros_like(tiny.panel["in_force"])), tiny.spec)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        point = starts(alone, 0, 7)
    assert point["treaty_depth"].size == 0


def test_starts_of_chains_differ_and_follow_from_the_seed(tiny):
    assert not np.isclose(starts(tiny, 0, 7)["share_slope_mean"], starts(tiny, 2, 7)["share_slope_mean"])
    assert starts(tiny, 2, 7)["share_slope_mean"] == starts(tiny, 2, 7)["share_slope_mean"]


def test_annotated_draws_carry_what_rebuilds_the_model(sampled, known):
    spec, chains, *_ = sampled
    tree = annotate(combine(chains), known, spec)
    assert ModelSpec.model_validate_json(tree.attrs["model_spec"]) == known.spec
    assert SamplingSpec.model_validate_json(tree.attrs["sampling_spec"]) == spec
    np.testing.assert_array_equal(tree["observed_data"]["share"], known.panel["share"])


def test_a_gpu_is_asked_of_numpyro_alone():
    with pytest.raises(ValidationError, match="needs sampler 'numpyro'"):
        SamplingSpec(sampler="nutpie", device="gpu")


def test_a_gpu_that_is_not_there_is_the_users_error():
    import jax

    from workflows.samplers.numpyro import device

    if any(d.platform == "gpu" for d in jax.devices()):
        pytest.skip("this machine has a GPU")
    with pytest.raises(InputError, match="no gpu that JAX can use"):
        device("gpu")


def test_vectorised_chains_are_those_that_run_one_by_one(known, monkeypatch):
    import jax

    # The program of the GPU, on this machine's CPU.
    monkeypatch.setattr("workflows.samplers.numpyro.device", lambda _: jax.devices("cpu")[0])
    spec = SamplingSpec(sampler="numpyro", device="gpu", chains=2, tune=30, draws=10, seed=11)
    together = dict(run_chains(known, spec))
    alone = dict(run_chains(known, spec.model_copy(update={"device": "cpu"})))
    for chain in (0, 1):
        first, second = (t[chain]["posterior"]["share_slope_mean"].values for t in (together, alone))
        # The same random numbers; rounding may part trajectories after some steps.
        np.testing.assert_allclose(first[0, :3], second[0, :3], rtol=1e-4)


def test_a_draw_made_a_start_is_that_draw_again(tiny):
    from workflows.estimands.checks import prior_draws

    draw = prior_draws(tiny, 2, seed=4).isel(chain=0, draw=1)
    start = unconstrained(tiny.model, draw)
    assert {k: v.shape for k, v in start.items()} == {
        k: np.shape(v) for k, v in tiny.model.initial_point().items()
    }
    for name, value in constrained(tiny.model, start).items():
        np.testing.assert_allclose(value, draw[name].values, rtol=1e-9)


def test_a_start_within_a_posterior_is_a_draw_whose_numbers_all_pull(tiny):
    from workflows.estimands.checks import prior_draws

    draws = prior_draws(tiny, 50, seed=4)
    middle = draws.isel(chain=0, draw=25)
    (start,), as_it_is = within(tiny.model, draws), unconstrained(tiny.model, middle)
    for rv in tiny.model.free_RVs:
        name, every = tiny.model.rvs_to_values[rv].name, draws[rv.name]
        value = start[name]
        if tiny.model.rvs_to_transforms[rv] is not None:
            np.testing.assert_array_equal(value, as_it_is[name])
            continue
        mean, sd = every.mean(("chain", "draw")).values, every.std(("chain", "draw")).values
        off = middle[rv.name].values - mean
        assert (abs(value - mean) >= 0.499 * sd).all()
        far = abs(off) >= 0.5 * sd
        np.testing.assert_allclose(value[far], middle[rv.name].values[far])
        np.testing.assert_array_equal(np.sign(value - mean), np.sign(off))


@pytest.mark.parametrize("sampler", samplers.names())
def test_a_program_of_every_sampler_draws_under_the_data_that_it_is_given(sampler):
    with pm.Model(coords={"group": ["a", "b"]}) as model:
        centre = pm.Data("centre", np.zeros(2), dims="group")
        x = pm.Normal("x", centre, 0.01, dims="group")
        pm.Deterministic("twice", 2 * x, dims="group")
    program = Program(model, sampler)
    spec = SamplingSpec(sampler=sampler, chains=2, tune=100, draws=50)
    for value in (0.0, 5.0):
        tree = program.with_data(centre=np.full(2, value)).sample(spec, seed=3)
        posterior = tree["posterior"].to_dataset()
        np.testing.assert_allclose(posterior["x"].mean(("chain", "draw")), [value, value], atol=0.05)
        np.testing.assert_allclose(posterior["twice"], 2 * posterior["x"])
        assert posterior["twice"].dims == ("chain", "draw", "group")
        assert set(NEEDED) <= set(tree["sample_stats"].data_vars)
        assert (posterior["x"].values[0] != posterior["x"].values[1]).all()


@pytest.mark.parametrize("sampler", samplers.names())
def test_a_sampler_says_everything_of_itself(sampler):
    own = samplers.get(sampler)
    assert own.words
    assert "cpu" in own.devices
    assert SamplingSpec(sampler=sampler).sampler == sampler
    with pytest.raises(ValueError, match="'warp' is not one of"):
        dataclasses.replace(own, statistics={"warp": "warp"})


def test_nutpie_is_asked_for_in_two_places():
    """Where a model is compiled and where it is sampled: all else goes through a program."""
    root = Path(__file__).resolve().parents[2] / "workflows"
    asking = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"^\s*(import|from) (nutpie|numpyro)\b", path.read_text(), re.M)
    }
    own = {"native/function.py", "native/program.py"}
    assert asking == own | {"samplers/nutpie.py", "samplers/numpyro.py"}


def test_the_centre_and_deterministics_follow_the_data_that_a_model_holds_now():
    import xarray as xr

    from workflows.draws.evaluate import with_deterministics
    from workflows.draws.starts import centre

    with pm.Model(coords={"group": range(3)}) as model:
        shift = pm.Data("shift", np.zeros(3), dims="group")
        pm.Normal("x", shift, 1.0, dims="group")
        pm.Deterministic("y", model["x"] + shift, dims="group")
    draws = xr.Dataset({"x": (("chain", "draw", "group"), np.ones((1, 5, 3)))})
    draws = draws.assign_coords(chain=[0], draw=range(5), group=range(3))
    for value in (0.0, 4.0):
        model.set_data("shift", np.full(3, value))
        np.testing.assert_array_equal(centre(model)["x"], np.full(3, value))
        np.testing.assert_array_equal(centre(model)["x"], model.initial_point()["x"])
        np.testing.assert_array_equal(with_deterministics(model, draws)["y"], np.full((1, 5, 3), 1.0 + value))
