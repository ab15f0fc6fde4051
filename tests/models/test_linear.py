"""Twins of regression tables: the same likelihood and design, so the same answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models.likelihoods import Outcome, get
from models.linear import Rotation, gaussian_twin, generative_model, logit_twin, zero_inflated_poisson_twin


@pytest.fixture
def table():
    rng = np.random.default_rng(7)
    x = pd.DataFrame({"intercept": 1.0, "a": rng.normal(5, 2, 200), "b": rng.normal(0, 1e-3, 200)})
    x["c"] = x["a"] + rng.normal(0, 0.1, 200)
    y = 0.01 * (2 + 0.5 * x["a"] - 400 * x["b"]) + rng.normal(0, 0.02, 200)
    return y.to_numpy(), x


def _at(model, variables, **free):
    point = {model.rvs_to_values[rv].name: np.asarray(free[rv.name], float) for rv in model.free_RVs}
    inputs = list(model.rvs_to_values.values())
    function = model.compile_fn(model.replace_rvs_by_values(variables), inputs=inputs, point_fn=True)
    return function(point)


def test_rotated_columns_are_orthogonal_with_mean_square_one_and_turn_back(table):
    _, x = table
    rotation = Rotation.of(x.to_numpy())
    np.testing.assert_allclose(rotation.columns.T @ rotation.columns / len(x), np.eye(4), atol=1e-9)
    np.testing.assert_allclose(x.to_numpy() @ rotation.back, rotation.columns, atol=1e-9)


def test_a_collinear_design_is_refused(table):
    _, x = table
    with pytest.raises(ValueError, match="collinear"):
        Rotation.of(x.assign(d=x["a"] + x["c"]).to_numpy())


def test_the_gaussian_twin_has_the_log_density_of_its_rows_and_finds_least_squares(table):
    y, x = table
    model = gaussian_twin(y, x)
    beta = np.linalg.lstsq(x.to_numpy(), y, rcond=None)[0]
    rotation = Rotation.of(x.to_numpy())
    rotated = np.linalg.solve(rotation.back, beta / y.std())
    sd = float((y - x.to_numpy() @ beta).std())
    log_ratio = np.log(sd / y.std())
    found = _at(
        model, [model["outcome"], model["coefficient"]], rotated=rotated, log_residual_ratio=log_ratio
    )
    np.testing.assert_allclose(found[1], beta, rtol=1e-8)
    # The outcome is described in units of its own SD: a constant, no function of the parameters.
    expected = stats.norm.logpdf(y, x.to_numpy() @ beta, sd).sum() + len(y) * np.log(y.std())
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_the_prior_of_the_gaussian_twin_shrinks_by_less_than_a_thousandth(table):
    """In rotated columns the posterior mean is the estimate times n k^2 / (n k^2 + residual share)."""
    y, _ = table
    assert 1 / (1 + len(y) * 10.0**2) < 1e-3


def test_the_logit_twin_has_the_log_likelihood_of_a_logit(table):
    y, x = table
    yes = (y > np.median(y)).astype(float)
    model = logit_twin(yes, x)
    rotated = np.array([0.2, -0.4, 0.1, 0.3])
    found = _at(model, [model["outcome"]], rotated=rotated)[0]
    eta = Rotation.of(x.to_numpy()).columns @ rotated
    expected = stats.bernoulli.logpmf(yes, 1 / (1 + np.exp(-eta))).sum()
    assert found == pytest.approx(expected)


def test_the_random_effects_twin_adds_an_intercept_for_each_unit(table):
    y, x = table
    group = np.arange(200) % 7
    model = logit_twin(y > 0.03, x, group)
    assert {rv.name for rv in model.free_RVs} == {"rotated", "unit_sd", "unit_raw"}
    assert model["unit_raw"].eval().shape == (7,)


def test_the_zero_inflated_twin_mixes_a_poisson_with_certain_zeros(table):
    _, x = table
    count = np.random.default_rng(1).poisson(2, 200) * (np.arange(200) % 3 > 0)
    model = zero_inflated_poisson_twin(count, x, x[["intercept"]])
    rotated = np.array([0.5, 0.1, 0.0, -0.2])
    found = _at(model, [model["outcome"]], rotated=rotated, zero_rotated=np.array([-0.3]))[0]
    rate = np.exp(Rotation.of(x.to_numpy()).columns @ rotated)
    # The rotation may turn a column round: take the predictor from it.
    zero = 1 / (1 + np.exp(-Rotation.of(x[["intercept"]].to_numpy()).columns @ np.array([-0.3])))
    density = (1 - zero) * stats.poisson.pmf(count, rate) + zero * (count == 0)
    assert found == pytest.approx(np.log(density).sum())


def test_counts_with_fractions_have_no_twin(table):
    _, x = table
    with pytest.raises(ValueError, match="no twin"):
        zero_inflated_poisson_twin(np.full(200, 0.5), x, x[["intercept"]])


def test_a_generative_model_has_coefficients_for_each_part(table):
    y, x = table
    troops = np.round(np.clip(y, 0, None) * 1000)
    unknown = np.full(200, np.nan)
    model = generative_model(get("hurdle_negbinomial"), Outcome(troops, unknown, unknown), x)
    assert {"participation_coefficient", "size_coefficient"} <= {d.name for d in model.deterministics}
    assert np.isfinite(model.point_logps()["outcome"])
