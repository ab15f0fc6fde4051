"""A model with exchangeable depth and weights of rows is the joint model that it stands for."""

from __future__ import annotations

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from models.joint import inside, joint
from models.refit import alliance_controls, refit, with_controls, without
from models.simulate import SMALL, simulate
from models.spec import ModelSpec

SPEC = ModelSpec.model_validate({"contribution": {"likelihood": "hurdle_lognormal"}})
PLAIN = Mode(linker="py", optimizer=None)


@pytest.fixture(scope="module")
def world():
    return simulate(SPEC, SMALL, seed=3)


def logp(model):
    # Factor by factor: one sum of them all has more terms than Python's linker takes.
    factors = model.logp(sum=False)
    function = pytensor.function(model.value_vars, factors, mode=PLAIN, on_unused_input="ignore")
    return lambda point: float(sum(np.sum(f) for f in function(*[point[v.name] for v in model.value_vars])))


def point(model, seed=0):
    rng = np.random.default_rng(seed)
    return {k: v + rng.uniform(-0.3, 0.3, v.shape) for k, v in model.initial_point().items()}


@pytest.mark.parametrize("known", [True, False])
def test_with_all_rows_the_density_is_that_of_the_joint_model(world, known):
    panel, truth = world
    depth = truth["treaty_depth"].values if known else None
    first, second = joint(panel, SPEC, depth=depth).model, refit(panel, SPEC, depth=depth).joint.model
    at = point(first)
    assert logp(second)(at) == pytest.approx(logp(first)(at), rel=1e-12)


def test_depth_given_as_data_is_the_depth_given_when_built(world):
    panel, truth = world
    other = truth["treaty_depth"].values + 0.7
    model = refit(panel, SPEC, depth=truth["treaty_depth"].values)
    model.values(known_depth=other)
    at = point(model.joint.model)
    expected = logp(joint(panel, SPEC, depth=other).model)(at)
    assert logp(model.joint.model)(at) == pytest.approx(expected, rel=1e-12)


def test_a_row_of_weight_zero_says_nothing(world):
    panel, truth = world
    # Without states: their levels are sampled around the operations' intercepts, whatever the weights.
    changed = SPEC.contribution.model_copy(update={"state_effects": False})
    spec = SPEC.model_copy(update={"contribution": changed})
    model = refit(panel, spec, depth=truth["treaty_depth"].values)
    weight = without(panel, operation="Alder")
    model.values(row_weight=weight)
    at = point(model.joint.model)
    assert weight.sum() == (panel["row_operation"] != "Alder").sum()
    density, alder = logp(model.joint.model), list(panel["operation"].values).index("Alder")

    def moved(by: float) -> float:
        here = {name: value.copy() for name, value in at.items()}
        here["participation_intercept_raw"][alder] += by
        return density(here)

    # What is left is the prior of the level, whose curvature is known: an intercept with SD 1.5 and its years' mean.
    years = len(np.unique(panel["row_year"].values[panel["row_operation"].values == "Alder"]))
    variance = 1.5**2 + np.exp(at["participation_operation_year_sd_log__"]) ** 2 / years
    assert moved(1.0) + moved(-1.0) - 2 * moved(0.0) == pytest.approx(-1 / variance, rel=1e-6)


def test_what_is_left_out_are_the_rows_that_the_treaty_binds(world):
    panel, _ = world
    treaty = panel["treaty"].values[inside(panel)][0]
    weight = without(panel, treaty=treaty)
    assert np.array_equal(weight == 0, panel["in_force"].sel(treaty=treaty).values > 0)
    assert np.array_equal(without(panel, only="Alder"), 1 - without(panel, operation="Alder"))
    with pytest.raises(ValueError, match="no operation 'Elm'"):
        without(panel, operation="Elm")


def test_wrong_data_are_refused_by_name(world):
    model = refit(world[0], SPEC)
    assert not model.known_depth
    with pytest.raises(ValueError, match="'depths' is no data"):
        model.values(depths=np.ones(3))
    with pytest.raises(ValueError, match="row_weight has length 3"):
        model.values(row_weight=np.ones(3))


def test_an_alliance_becomes_two_controls_and_the_panel_keeps_the_rest(world):
    panel, _ = world
    treaty = str(panel["treaty"].values[inside(panel)][0])
    extra = alliance_controls(panel, treaty, ["Alder"])
    assert list(extra) == ["alliance_member", "alliance_member_in_its_operation"]
    wider = with_controls(panel, extra)
    assert wider.sizes["control"] == panel.sizes["control"] + 2
    kept = wider["controls"].sel(control=panel["control"].values)
    np.testing.assert_array_equal(kept.values, panel["controls"].values)
    assert set(wider.data_vars) == set(panel.data_vars)
    assert list(alliance_controls(panel, treaty, list(panel["operation"].values))) == ["alliance_member"]
