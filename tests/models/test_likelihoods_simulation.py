"""Simulation: means, zeros, supports and shapes; and the numerics behind it, by property."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import digamma, expit, gammaln

from models.likelihoods import get
from models.likelihoods._betabinomial import log_gamma_ratio, minus_log_zero, truncated_draw
from tests.models.likelihood_cases import NAMES, PARAMETERS, TYPICAL, compile_likelihood, observed

DRAWS = 40_000


def _simulate(name: str, eta: dict[str, float], forces: float = 5_000.0, seed: int = 3) -> np.ndarray:
    likelihood = get(name)
    parts = {part: np.full((DRAWS, 1), eta[part]) for part in likelihood.parts}
    params = {key: np.full((DRAWS, 1), value) for key, value in PARAMETERS[name].items()}
    return likelihood.simulate(np.random.default_rng(seed), parts, params, np.full(1, forces))[:, 0]


def _compiled(name: str, forces: float = 5_000.0):
    return compile_likelihood(name, observed(get(name), np.zeros(1), np.full(1, forces)))


@pytest.mark.parametrize("name", NAMES)
def test_simulated_mean_equals_the_symbolic_mean(name):
    compiled = _compiled(name)
    for shift in (-2.0, 0.0, 2.0):
        eta = {
            part: value + (0.0 if part == "participation" else shift) for part, value in TYPICAL[name].items()
        }
        draws, expected = _simulate(name, eta), compiled(eta, PARAMETERS[name])["mean"][0]
        assert abs(draws.mean() - expected) < 4.5 * draws.std() / np.sqrt(DRAWS), shift


@pytest.mark.parametrize("name", [name for name in NAMES if name != "gaussian"])
def test_simulated_fraction_of_zeros_is_the_probability_of_zero(name):
    draws = _simulate(name, TYPICAL[name])
    zero = np.exp(_compiled(name)(TYPICAL[name], PARAMETERS[name])["logp"][0])
    assert abs(np.mean(draws == 0) - zero) < 4.5 * np.sqrt(zero * (1 - zero) / DRAWS)


@pytest.mark.parametrize("name", NAMES)
def test_simulation_follows_the_density(name):
    """At the truth the score of simulated rows is zero within its own standard error, part by part."""
    draws = _simulate(name, TYPICAL[name])[:4000]
    compiled = compile_likelihood(name, observed(get(name), draws, np.full(draws.size, 5_000.0)))
    at_truth = compiled(TYPICAL[name], PARAMETERS[name])
    for key in (*compiled.likelihood.parts, *PARAMETERS[name]):
        if key == "cut_gap":  # no share of one among the draws: the score is one-sided
            continue
        score = at_truth[key]
        # The information, from finite differences of the score, is the variance of the score.
        step = 0.01 * max(abs(({**TYPICAL[name], **PARAMETERS[name]})[key]), 0.01)
        moved = []
        for sign in (-1, 1):
            ends = (
                {k: v + sign * step * (k == key) for k, v in where[name].items()}
                for where in (TYPICAL, PARAMETERS)
            )
            moved.append(compiled(*ends)[key])
        information = -(np.sum(moved[1]) - np.sum(moved[0])) / (2 * step)
        assert information > 0, key
        assert abs(np.sum(score)) < 4.5 * np.sqrt(information), key


@pytest.mark.parametrize("name", NAMES)
def test_simulation_broadcasts_over_chains_and_draws(name):
    likelihood, rng = get(name), np.random.default_rng(5)
    eta = {part: np.broadcast_to(TYPICAL[name][part], (2, 3, 4)) for part in likelihood.parts}
    params = {key: np.full((2, 3, 1), value) for key, value in PARAMETERS[name].items()}
    assert likelihood.simulate(rng, eta, params, np.full(4, 900.0)).shape == (2, 3, 4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extreme", [-50.0, 50.0])
def test_simulation_keeps_to_its_support_far_out(name, extreme):
    draws = _simulate(name, dict.fromkeys(TYPICAL[name], extreme) | {"participation": 50.0})
    assert np.all(np.isfinite(draws))
    if name.startswith("hurdle"):
        assert np.all(draws > 0)
    if get(name).outcome == "share" and name != "gaussian":
        assert draws.min() >= 0
        assert draws.max() <= 1


@pytest.mark.parametrize(
    ("precision", "location", "forces"), [(80.0, -6.0, 30), (0.5, -2.0, 12), (5.0, 3.0, 6)]
)
def test_truncated_counts_follow_the_truncated_distribution(precision, location, forces):
    full = np.full(DRAWS, 1.0)
    draws = truncated_draw(np.random.default_rng(2), location * full, precision * full, forces * full)
    mean = expit(location)
    exact = stats.betabinom(forces, mean * precision, (1 - mean) * precision).pmf(np.arange(1, forces + 1))
    expected = DRAWS * exact / exact.sum()
    found = np.bincount(draws.astype(int), minlength=forces + 1)[1:]
    common = expected > 5
    chi2 = np.sum((found[common] - expected[common]) ** 2 / expected[common])
    assert chi2 < stats.chi2(common.sum()).ppf(0.9999)


@given(x=st.floats(1e-6, 1e7), a=st.floats(1e-6, 1e7))
@settings(max_examples=150, deadline=None)
def test_ratio_of_gamma_functions_equals_the_difference_of_their_logs(x, a):
    scale = 1.0 + abs(gammaln(x)) + abs(gammaln(x + a))
    assert abs(log_gamma_ratio(x, a, np) - (gammaln(x + a) - gammaln(x))) < 1e-10 + 2e-15 * scale


@given(x=st.floats(1e-3, 1e7), a=st.floats(1e-30, 1e-9))
@settings(max_examples=100, deadline=None)
def test_ratio_of_gamma_functions_keeps_its_digits_for_small_steps(x, a):
    magnitude = abs(digamma(x)) + abs(np.log(x)) + 1 / x + 3
    assert abs(log_gamma_ratio(x, a, np) / a - digamma(x)) < 1e-6 * magnitude


@given(
    eta=st.floats(-50, 50),
    precision=st.floats(0.01, 1e5),
    forces=st.integers(1, 2_000_000).map(float),
)
@settings(max_examples=150, deadline=None)
def test_probability_of_sending_nobody_lies_between_zero_and_one(eta, precision, forces):
    value = minus_log_zero(np.array(eta), precision, np.array([forces]), np)[0]
    assert np.isfinite(value)
    assert value > 0
    # A given soldier is sent with probability m, so that P(0) <= 1 - m.
    assert value >= np.logaddexp(0.0, eta) * (1 - 1e-9)


@given(
    name=st.sampled_from(["hurdle_beta", "hurdle_lognormal", "hurdle_betabinomial", "ordered_beta"]),
    location=st.floats(-50, 50),
    participation=st.floats(-50, 50),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_simulated_shares_never_pass_one_nor_fall_below_zero(name, location, participation, seed):
    likelihood = get(name)
    eta = {
        "participation": np.array([participation]),
        "size": np.array([location]),
        "share": np.array([location]),
    }
    params = {key: np.array([value]) for key, value in PARAMETERS[name].items()}
    share = likelihood.simulate(np.random.default_rng(seed), eta, params, np.array([1234.0]))
    assert np.all((share >= 0) & (share <= 1))


def test_unknown_likelihoods_and_options_are_named():
    with pytest.raises(ValueError, match="'tobit' is not one of bernoulli, gaussian"):
        get("tobit")
    with pytest.raises(ValueError, match="no option 'treshold'; it has intercept, threshold"):
        get("bernoulli", treshold=100)
