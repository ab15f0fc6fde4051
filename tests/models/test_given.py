"""A model with exchangeable depth and weights of rows is the joint model that it stands for."""

from __future__ import annotations

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from data.common.errors import InputError
from models.given import REFITTED, Given
from models.joint import joint
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
    first, second = (joint(panel, SPEC, Given(depth, data)).model for data in ((), REFITTED))
    at = point(first)
    assert logp(second)(at) == pytest.approx(logp(first)(at), rel=1e-12)


def test_depth_given_as_data_is_the_depth_given_when_built(world):
    panel, truth = world
    other = truth["treaty_depth"].values + 0.7
    model = joint(panel, SPEC, Given(truth["treaty_depth"].values, REFITTED))
    model.with_data(known_depth=other)
    at = point(model.model)
    expected = logp(joint(panel, SPEC, Given(other)).model)(at)
    assert logp(model.model)(at) == pytest.approx(expected, rel=1e-12)


def test_a_row_of_weight_zero_says_nothing(world):
    panel, truth = world
    # Without states: their levels are sampled around the operations' intercepts, whatever the weights.
    changed = SPEC.contribution.model_copy(update={"state_effects": False})
    spec = SPEC.model_copy(update={"contribution": changed})
    model = joint(panel, spec, Given(truth["treaty_depth"].values, REFITTED))
    weight = (panel["row_operation"].values != "Alder").astype(float)
    model.with_data(row_weight=weight)
    at = point(model.model)
    density, alder = logp(model.model), list(panel["operation"].values).index("Alder")

    def moved(by: float) -> float:
        here = {name: value.copy() for name, value in at.items()}
        here["participation_intercept_raw"][alder] += by
        return density(here)

    # What is left is the prior of the level, a standard normal in units of its SD.
    assert moved(1.0) + moved(-1.0) - 2 * moved(0.0) == pytest.approx(-1.0, rel=1e-6)


def test_wrong_data_are_refused_by_name(world):
    with pytest.raises(ValueError, match="'rows' of a model"):
        Given(data={"rows"})
    with pytest.raises(InputError, match="Given"):
        joint(world[0], SPEC, np.zeros(3))
    model = joint(world[0], SPEC, Given(data=REFITTED))
    assert [variable.name for variable in model.model.data_vars] == ["row_weight"]
    for name in ("depths", "treaty_depth"):
        with pytest.raises(ValueError, match=f"'{name}' is no data"):
            model.with_data(**{name: np.ones(3)})
    with pytest.raises(ValueError, match=r"row_weight has shape \(3,\)"):
        model.with_data(row_weight=np.ones(3))
