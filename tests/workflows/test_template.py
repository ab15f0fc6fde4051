"""A template with its data set is the model of that specification, and of no other."""

from __future__ import annotations

import numpy as np
import pytest

from models.given import Given
from models.joint import joint, known_potential
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.sampling.template import Template, structure
from workflows.spec.run import SamplingSpec

SIZE = Size(
    states=20, operations={"Alder": (2001, 2002), "Birch": (2004, 2005)}, treaties=4, other_treaties=0
)


def _spec(**parts) -> ModelSpec:
    return ModelSpec.model_validate({"contribution": {"likelihood": "gaussian"}, **parts})


@pytest.fixture(scope="module")
def simulated():
    panel, truth = simulate(_spec(), SIZE, 3)
    return panel, truth["treaty_depth"].to_numpy()


@pytest.fixture(scope="module")
def template(simulated):
    return Template(simulated[0], _spec())


CHANGES = {
    "another aggregate": {"depth": {"aggregate": "sum"}},
    "another potential": {"potential": {"kind": "residual"}},
    "another baseline": {"depth": {"baseline": -1.0}},
    "tighter priors": {"contribution": {"likelihood": "gaussian", "priors": {"slope": 0.5, "state": 0.3}}},
    "as it is": {},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_log_density_is_that_of_the_model_built_for_the_specification(simulated, template, change):
    panel, depth = simulated
    spec = _spec(**change)
    if spec.potential.kind != "difference":
        assert structure(spec, panel) != structure(_spec(), panel)
        template = Template(panel, spec)
    else:
        assert structure(spec, panel) == structure(_spec(), panel)
    built = joint(panel, spec, Given(depth))
    similarity = panel["similarity"].values.astype(float)
    data = template.values(panel, spec, known_potential(panel, spec, depth), np.ones(similarity.size))
    template.joint.with_data(**data)
    point = built.model.initial_point()
    rng = np.random.default_rng(8)
    point = {k: np.asarray(v) + 0.1 * rng.standard_normal(np.shape(v)) for k, v in point.items()}
    ours = template.joint.model.compile_logp(mode="FAST_COMPILE")(point)
    assert ours == pytest.approx(built.model.compile_logp(mode="FAST_COMPILE")(point), rel=1e-9)


def test_a_control_left_out_changes_nothing_but_its_own_prior(simulated, template):
    panel, depth = simulated
    spec = _spec(contribution={"likelihood": "gaussian", "controls": ["log_gdp"]})
    similarity = panel["similarity"].values.astype(float)
    data = template.values(panel, spec, known_potential(panel, spec, depth), np.ones(similarity.size))
    template.joint.with_data(**data)
    logp = template.joint.model.compile_logp(mode="FAST_COMPILE")
    point = template.joint.model.initial_point()
    moved = {**point, "share_control": np.array([0.0, 0.004, -0.003])}
    built = joint(panel, spec, Given(depth)).model.compile_logp(mode="FAST_COMPILE")
    alone = {**point, "share_control": np.zeros(1)}
    # Two coefficients under their prior, Normal(0, 0.5 x 0.01), and no trace of them in the likelihood.
    scale = 0.5 * 0.01
    prior = sum(-0.5 * (x / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi)) for x in (0.004, -0.003))
    assert logp(moved) == pytest.approx(built(alone) + prior, rel=1e-9)


def test_a_row_of_weight_zero_says_nothing(simulated, template):
    panel, depth = simulated
    similarity = panel["similarity"].values.astype(float)
    weight = np.ones(similarity.size)
    weight[7] = 0.0
    potential = known_potential(panel, _spec(), depth)
    template.joint.with_data(**template.values(panel, _spec(), potential, weight))
    logp = template.joint.model.compile_logp(mode="FAST_COMPILE")
    point = template.joint.model.initial_point()
    before = logp(point)
    moved = potential.copy()
    moved[7] += 0.0
    template.joint.with_data(**template.values(panel, _spec(), moved, np.ones(similarity.size)))
    assert logp(point) != pytest.approx(before)


def test_another_likelihood_or_other_rows_need_another_program(simulated):
    panel, _ = simulated
    key = structure(_spec(), panel)
    assert structure(_spec(contribution={"likelihood": "hurdle_beta"}), panel) != key
    assert structure(_spec(), panel.isel(row=slice(0, 40))) != key
    assert structure(_spec(contribution={"likelihood": "gaussian", "state_effects": False}), panel) != key


def test_the_same_data_and_seed_give_the_same_draws(simulated):
    panel, depth = simulated
    flags = dict.fromkeys(("treaty_effects", "state_effects", "operation_year_effects"), False)
    plain, other = (
        _spec(contribution={"likelihood": "gaussian", **flags}, potential={"kind": kind})
        for kind in ("difference", "residual")
    )
    template = Template(panel, plain)
    sampling = SamplingSpec(chains=2, tune=60, draws=30, seed=5)
    ones = np.ones(panel.sizes["row"])
    first, moved, again = (
        template.sample(sampling, **template.values(panel, plain, known_potential(panel, s, depth), ones))
        for s in (plain, other, plain)
    )
    slope = "share_slope_mean"
    assert np.array_equal(first["posterior"][slope], again["posterior"][slope])
    assert not np.array_equal(first["posterior"][slope], moved["posterior"][slope])
