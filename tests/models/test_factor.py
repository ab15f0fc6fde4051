"""The Gaussian factor model: its likelihood, its scores and its priors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from models.factor import (
    FactorPriors,
    factor_loglik,
    factor_model,
    factor_scores,
    simulate_factor_prior,
    standardise,
)
from models.item_parameters import Fold
from models.items import PROVISIONS

LOADING = np.array([0.8, 0.5, -0.2, 0.6])
UNIQUE = np.array([0.4, 0.7, 0.9, 0.6])


@pytest.fixture
def rows() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.standard_normal((60, 1)) * LOADING + rng.standard_normal((60, 4)) * np.sqrt(UNIQUE)


def test_cross_products_give_the_normal_likelihood_of_every_row(rows):
    import pytensor.tensor as pt

    found = factor_loglik(
        pt.as_tensor(LOADING), pt.as_tensor(UNIQUE), pt.as_tensor(rows.T @ rows), pt.as_tensor(60.0)
    ).eval()
    covariance = np.diag(UNIQUE) + np.outer(LOADING, LOADING)
    expected = multivariate_normal(np.zeros(4), covariance).logpdf(rows).sum()
    assert found == pytest.approx(expected, rel=1e-12)


def test_scores_are_drawn_from_the_conditional_normal(rows):
    draws = factor_scores(
        np.random.default_rng(2), np.tile(LOADING, (40_000, 1)), np.tile(UNIQUE, (40_000, 1)), rows[:5]
    )
    precision = 1 + LOADING @ (LOADING / UNIQUE)
    mean = rows[:5] @ (LOADING / UNIQUE) / precision
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(draws.std(axis=0), np.sqrt(1 / precision), rtol=0.02)


def test_incomplete_rows_and_constant_columns_are_set_aside():
    table = np.array([[0, 1, 0, 2, 0], [1, 0, 1, 1, 0], [1, np.nan, 0, 0, 0], [0, 0, 1, 3, 0.0]])
    done = standardise(table, ["a", "b", "c", "d", "e"])
    assert done.names == ("a", "b", "c", "d")
    assert done.constant == ("e",)
    assert done.complete.tolist() == [True, True, False, True]
    np.testing.assert_allclose(done.values.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(done.values.std(axis=0, ddof=1), 1)


def test_a_single_factor_needs_three_provisions():
    with pytest.raises(ValueError, match="vary"):
        standardise(np.array([[0, 1, 0], [1, 0, 0.0]]), ["a", "b", "c"])


def test_folding_reaches_only_the_half_space_it_declares():
    fold = Fold(np.ones(3))
    for value in ([-1.0, -2.0, 0.5], [1.0, 2.0, -0.5]):
        np.testing.assert_allclose(fold.backward(np.array(value)).eval(), [1.0, 2.0, -0.5])
    assert fold.log_jac_det(np.zeros(3)).eval().tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", ["default", "published"])
def test_reflected_values_give_the_same_density(name, rows):
    model = factor_model(rows.T @ rows, 60, ["a", "b", "c", "bases"], FactorPriors(name=name))
    point = model.initial_point()
    logp = model.compile_logp()
    reflected = {k: -v if k.endswith("_fold__") else v for k, v in point.items()}
    assert any(k.endswith("_fold__") for k in point)
    assert logp(point) == pytest.approx(logp(reflected), rel=1e-12)


def test_prior_draws_keep_the_declared_sign():
    rng = np.random.default_rng(3)
    draws = [simulate_factor_prior(rng, PROVISIONS, FactorPriors())[0] for _ in range(200)]
    bases = PROVISIONS.index("bases")
    assert all(d[bases] > 0 and np.delete(d, bases).sum() > 0 for d in draws)
    with pytest.raises(ValueError, match="proper"):
        simulate_factor_prior(rng, PROVISIONS, FactorPriors(name="published"))
