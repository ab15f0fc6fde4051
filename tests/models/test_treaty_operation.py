"""Treaty intercepts by operation, and the level of an operation that is sampled in place of its intercept."""

from __future__ import annotations

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy.stats import beta, norm

from models.given import Given
from models.joint import joint
from models.predictor.treaty_operation import pairs_of
from models.simulate import SMALL, simulate
from models.spec import ModelSpec

PLAIN = Mode(linker="py", optimizer=None)


def test_pairs_are_the_treaties_that_bind_some_but_not_all_states_of_an_operation():
    operation = np.repeat([0, 1], 6)
    in_force = np.zeros((12, 3))
    in_force[:4, 0] = 1  # four states in operation 0
    in_force[6, 0] = 1  # one in operation 1: what it does there is no news of the treaty either
    in_force[6:12, 1] = 1  # everybody in operation 1
    in_force[[1, 2, 3, 9, 10, 11], 2] = 1
    pairs = pairs_of(in_force, operation)
    assert list(zip(pairs.treaty, pairs.operation, strict=True)) == [(0, 0), (0, 1), (2, 0), (2, 1)]
    assert np.bincount(pairs.of_row.ravel()).tolist()[:4] == [4, 1, 3, 3]
    assert sorted(pairs.of_row[1]) == [0, 2]
    assert (pairs.of_row[5] == 4).all()


def test_a_treaty_with_an_intercept_in_an_operation_is_not_added_once_more():
    operation = np.repeat([0, 1], 6)
    in_force = np.zeros((12, 2))
    in_force[:4, 0] = 1
    in_force[6:, 0] = 1
    in_force[[1, 2, 3, 9, 10, 11], 1] = 1
    pairs = pairs_of(in_force, operation)
    rest = pairs.unpaired(in_force, operation)
    assert rest[:6].sum() == 0  # both have a pair in operation 0
    assert rest[6:, 0].sum() == 6  # the first binds everybody in operation 1
    assert rest[6:, 1].sum() == 0


def test_each_row_gets_the_effects_of_its_own_pairs_around_the_treatys_own():
    spec = ModelSpec.model_validate(
        {
            "contribution": {
                "likelihood": "hurdle_lognormal",
                "treaty_by_operation": True,
                "state_effects": False,
            }
        }
    )
    panel, truth = simulate("hurdle_lognormal", SMALL, seed=3)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    model, eta = built.model, built.contribution.eta["participation"]
    names = model.coords["treaty_in_operation"]
    change, own = np.arange(1.0, len(names) + 1), np.linspace(-1, 1, len(model.coords["treaty"]))
    given = {
        "participation_treaty_operation_raw": change,
        "participation_treaty_operation_sd": 2.0,
        "participation_treaty_raw": own,
        "participation_treaty_sd": 3.0,
    }
    zero = {rv: np.zeros(rv.eval().shape) for rv in model.free_RVs}
    effects = [model[f"participation_{name}"] for name in ("treaty", "treaty_operation")]
    function = pytensor.function(
        [], [eta, *effects], givens={rv: np.asarray(given.get(rv.name, value)) for rv, value in zero.items()},
        mode=PLAIN, on_unused_input="ignore",
    )  # fmt: skip
    found, treaty, departure = function()
    design = built.design
    pairs = pairs_of(design.in_force, design.operation)
    # A pair's intercept is its treaty's own and a departure; a treaty without pairs in an operation adds its own.
    rest = pairs.unpaired(design.in_force, design.operation)
    effect = np.append(treaty[pairs.treaty] + departure, 0.0)
    assert np.ptp(departure) > 1
    assert np.ptp(treaty) > 1
    usual = built.contribution.likelihood.intercept["participation"][0]
    np.testing.assert_allclose(found, usual + effect[pairs.of_row].sum(1) + rest @ treaty)


def test_dispersion_that_varies_by_operation_reaches_density_and_simulation():
    spec = ModelSpec.model_validate(
        {"contribution": {"likelihood": "hurdle_beta", "dispersion_varies": True}}
    )
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    part, design = built.contribution, built.design
    assert part.params["precision"].ndim == 1
    rows = design.operation.size
    eta = {"participation": np.full(rows, 50.0), "size": np.full(rows, -4.0)}
    precision = np.where(design.operation == 0, 20.0, 2000.0)
    values = {f"eta_{name}": value for name, value in eta.items()} | {"param_precision": precision}
    drawn = part.simulate(np.random.default_rng(1), values)
    mean = 1 / (1 + np.exp(4.0))
    for k in (0, 1):
        mine = drawn[design.operation == k]
        sd = np.sqrt(mean * (1 - mean) / (1 + precision[design.operation == k][0]))
        assert abs(mine.std() / sd - 1) < 0.3
    found = part.likelihood.logp(
        design.outcome,
        {name: pt.constant(value) for name, value in eta.items()},
        {"precision": pt.constant(precision)},
    ).eval(mode=PLAIN)
    share = design.outcome.share
    some = share > 0
    want = beta.logpdf(share[some], precision[some] * mean, precision[some] * (1 - mean))
    np.testing.assert_allclose(found[some], want, rtol=1e-6, atol=1e-6)


def test_a_likelihood_without_dispersion_says_so():
    panel, truth = simulate("hurdle_lognormal", SMALL, seed=3)
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "bernoulli", "dispersion_varies": True}})
    with pytest.raises(ValueError, match="dispersion_varies"):
        joint(panel, spec, Given(truth["treaty_depth"].values))


def test_sampling_the_level_leaves_the_prior_of_the_intercept_as_declared():
    import pymc as pm

    panel, truth = simulate("hurdle_lognormal", SMALL, seed=3)
    model = joint(panel, given=Given(truth["treaty_depth"].values)).model
    with model:
        drawn = pm.draw(model["participation_intercept"], 400, random_seed=1, mode=PLAIN)
    assert abs(drawn.mean() + 2.0) < 4 * 1.5 / np.sqrt(drawn.size)
    assert norm.ppf(0.9) * 1.5 - 0.3 < np.quantile(drawn + 2.0, 0.9) < norm.ppf(0.9) * 1.5 + 0.3
