"""Treaty intercepts by operation, and the level of an operation that is sampled in place of its intercept."""

from __future__ import annotations

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from scipy.stats import norm

from models.joint import joint
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from models.treaty_operation import pairs_of

PLAIN = Mode(linker="py", optimizer=None)


def test_pairs_are_the_treaties_that_bind_some_but_not_all_states_of_an_operation():
    operation = np.repeat([0, 1], 6)
    state = np.tile(np.arange(6), 2)
    in_force = np.zeros((12, 3))
    in_force[:4, 0] = 1  # four states in operation 0
    in_force[6:8, 0] = 1  # two in operation 1: too few
    in_force[6:12, 1] = 1  # everybody in operation 1
    in_force[[1, 2, 3, 9, 10, 11], 2] = 1
    pairs = pairs_of(in_force, operation, state)
    assert list(zip(pairs.treaty, pairs.operation, strict=True)) == [(0, 0), (2, 0), (2, 1)]
    assert pairs.rows(np.ones(12)).tolist() == [4, 3, 3]
    assert sorted(pairs.of_row[1]) == [0, 1]
    assert (pairs.of_row[5] == 3).all()


def test_each_row_gets_the_effects_of_its_own_pairs():
    spec = ModelSpec.model_validate(
        {"contribution": {"likelihood": "hurdle_lognormal", "treaty_by_operation": True}}
    )
    panel, truth = simulate("hurdle_lognormal", SMALL, seed=3)
    built = joint(panel, spec, depth=truth["treaty_depth"].values)
    model, eta = built.model, built.contribution.eta["participation"]
    names = model.coords["treaty_in_operation"]
    raw = model["participation_treaty_operation_raw"]
    spread = model["participation_treaty_operation_sd"]
    base = {rv: np.zeros(rv.eval().shape) for rv in model.free_RVs}
    pairs = pairs_of(built.design.in_force, built.design.operation, built.design.state)
    change = np.arange(1.0, len(names) + 1)
    function = pytensor.function(
        [], eta, givens={rv: change if rv is raw else 2.0 if rv is spread else v for rv, v in base.items()},
        mode=PLAIN, on_unused_input="ignore",
    )  # fmt: skip
    many = pairs.rows(np.ones(panel.sizes["row"])) >= 100
    effect = np.append(change * np.where(many, 1.0, 2.0), 0.0)
    np.testing.assert_allclose(function(), effect[pairs.of_row].sum(1))


def test_sampling_the_level_leaves_the_prior_of_the_intercept_as_declared():
    import pymc as pm

    panel, truth = simulate("hurdle_lognormal", SMALL, seed=3)
    model = joint(panel, depth=truth["treaty_depth"].values).model
    with model:
        drawn = pm.draw(model["participation_intercept"], 400, random_seed=1, mode=PLAIN)
    assert abs(drawn.mean() + 2.0) < 4 * 1.5 / np.sqrt(drawn.size)
    assert norm.ppf(0.9) * 1.5 - 0.3 < np.quantile(drawn + 2.0, 0.9) < norm.ppf(0.9) * 1.5 + 0.3
