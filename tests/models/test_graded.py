"""The graded model: quadrature over patterns, missing answers, scores and explicit latents."""

from __future__ import annotations

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import norm

from models.depth import response_loglik
from models.graded import (
    category_log_probability,
    conditional_cuts,
    graded_scores,
    pattern_loglik,
    patterns,
    simulate_items_prior,
    simulate_responses,
)
from models.item_priors import DepthPriors
from models.items import Coding, code_provisions

LEVELS = (2, 4, 2)
LOADING = np.array([2.5, 0.7, -0.6])
THRESHOLD = np.array([1.2, 0.3, 0.8, 1.4, 0.5])
NAMES = ("a", "b", "bases")


@pytest.fixture
def answers():
    category = np.array([[0, 0, 0], [1, 3, 0], [0, 2, 1], [-1, 1, 1], [1, -1, -1], [0, 0, 0]])
    return patterns(Coding(category, NAMES, LEVELS, ()))


def _likelihood(theta, category):
    cuts = conditional_cuts(LOADING, THRESHOLD, LEVELS)
    ends = [
        np.r_[-np.inf, cuts[:1], np.inf],
        np.r_[-np.inf, cuts[1:4], np.inf],
        np.r_[-np.inf, cuts[4:], np.inf],
    ]
    value = 1.0
    for j, k in enumerate(category):
        if k >= 0:
            value *= norm.cdf(LOADING[j] * theta - ends[j][k]) - norm.cdf(LOADING[j] * theta - ends[j][k + 1])
    return value


def test_quadrature_over_patterns_matches_adaptive_integration(answers):
    cuts = conditional_cuts(LOADING, THRESHOLD, LEVELS)
    found = pattern_loglik(
        pt.as_tensor(LOADING), pt.as_tensor(cuts), pt.as_tensor(answers.indicator), LEVELS
    ).eval()
    expected = [
        np.log(quad(lambda t, c=c: norm.pdf(t) * _likelihood(t, c), -9, 9, epsabs=1e-13)[0])
        for c in answers.category
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_gradient_of_the_quadrature_is_that_of_small_differences(answers):
    loading, cuts = pt.dvector(), pt.dvector()
    total = pattern_loglik(loading, cuts, pt.as_tensor(answers.indicator), LEVELS).sum()
    slopes = pytensor.function([loading, cuts], pt.grad(total, [loading, cuts]), mode="FAST_COMPILE")
    value = pytensor.function([loading, cuts], total, mode="FAST_COMPILE")
    # The first lies on a cut at every node of the grid, the last so far out that most categories have no probability.
    for at in (
        (np.zeros(3), np.array([0, -0.5, 0, 0.5, 0])),
        (LOADING, conditional_cuts(LOADING, THRESHOLD, LEVELS)),
        (8 * LOADING, 30 * THRESHOLD),
    ):
        point = np.concatenate(at)
        expected = approx_fprime(point, lambda x: value(x[:3], x[3:]), 1e-7)
        np.testing.assert_allclose(np.concatenate(slopes(*at)), expected, rtol=1e-4, atol=1e-4)


def test_probabilities_are_exact_in_both_tails():
    theta = np.array([-20.0, -3.0, 0.0, 3.0, 20.0])
    found = category_log_probability(theta, np.ones((1, 1)), np.array([[0.0, 1e-3]]), (3,))[0]
    np.testing.assert_allclose(found[0], norm.logcdf(-theta), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[2], norm.logcdf(theta - 1e-3), rtol=1e-12, atol=1e-15)
    between = norm.logpdf(theta - 5e-4) + np.log(1e-3) + np.log1p((theta**2 - 1) * 1e-6 / 24)
    np.testing.assert_allclose(found[1], between, atol=1e-9)


def test_equal_answers_are_counted_once(answers):
    assert len(answers.count) == 5
    assert answers.count.sum() == 6
    assert answers.index[0] == answers.index[5]


def test_a_threshold_is_the_normal_quantile_of_how_common_the_provision_is():
    rng = np.random.default_rng(5)
    drawn = simulate_responses(rng, rng.standard_normal(200_000), LOADING, THRESHOLD, LEVELS)
    for j, k, cut in ((0, 1, 0), (1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 4)):
        assert (drawn[:, j] >= k).mean() == pytest.approx(norm.sf(THRESHOLD[cut]), abs=0.004)


def test_explicit_latents_and_patterns_share_one_likelihood(answers):
    theta = np.linspace(-1, 1.5, 6)
    cuts = conditional_cuts(LOADING, THRESHOLD, LEVELS)
    flat = response_loglik(
        pt.as_tensor(theta), pt.as_tensor(LOADING), pt.as_tensor(cuts), answers.coding
    ).eval()
    expected = sum(np.log(_likelihood(t, c)) for t, c in zip(theta, answers.coding.category, strict=True))
    assert flat.sum() == pytest.approx(expected, rel=1e-10)


def test_scores_are_drawn_from_the_posterior_given_item_parameters(answers):
    rng = np.random.default_rng(6)
    draws = graded_scores(rng, np.tile(LOADING, (20_000, 1)), np.tile(THRESHOLD, (20_000, 1)), answers)
    for i, category in enumerate(answers.coding.category):
        moment = [
            quad(lambda t, c=category, m=m: t**m * norm.pdf(t) * _likelihood(t, c), -9, 9)[0]
            for m in range(3)
        ]
        mean = moment[1] / moment[0]
        sd = np.sqrt(moment[2] / moment[0] - mean**2)
        assert draws[:, i].mean() == pytest.approx(mean, abs=0.03)
        assert draws[:, i].std() == pytest.approx(sd, rel=0.03)


def test_extreme_responses_keep_a_finite_log_likelihood_and_gradient():
    theta, loading = pt.dvector(), pt.dvector()
    coding = Coding(np.array([[0, 0, 0], [1, 3, 1]]), NAMES, LEVELS, ())
    total = response_loglik(theta, loading, pt.as_tensor(THRESHOLD), coding).sum()
    values = {theta: np.array([8.0, -8.0]), loading: np.array([4.0, 4.0, 4.0])}
    assert np.isfinite(total.eval(values))
    assert all(np.isfinite(g.eval(values)).all() for g in pt.grad(total, [theta, loading]))


def test_kinds_are_binary_by_default_and_kept_in_the_published_coding():
    table = np.array([[0, 3.0], [1, 0.0], [1, np.nan], [0, 1.0]])
    default = code_provisions(table, names=["secrecy", "bases"])
    published = code_provisions(table, names=["secrecy", "bases"], coding="published")
    assert default.levels == (2, 2)
    assert published.levels == (2, 4)
    assert default.category[:, 1].tolist() == [1, 0, -1, 1]


@pytest.mark.parametrize("bad", [[[0.5], [1.0]], [[-1.0], [1.0]]])
def test_categories_that_are_not_whole_or_negative_are_refused(bad):
    with pytest.raises(ValueError, match="whole categories"):
        code_provisions(np.array(bad), names=["secrecy"])


def test_prior_draws_keep_thresholds_ordered_and_the_declared_sign():
    rng = np.random.default_rng(7)
    for _ in range(100):
        loading, threshold = simulate_items_prior(rng, NAMES, LEVELS, DepthPriors())
        assert loading[2] > 0
        assert loading[:2].sum() > 0
        assert (np.diff(threshold[1:4]) > 0).all()
