"""Log densities: against SciPy, adding up to one, and with the right gradients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytensor.tensor as pt
import pytest
from scipy import integrate, stats
from scipy.special import expit

from models.likelihoods import Outcome, get
from models.modes import ONCE
from tests.models.likelihood_cases import (
    NAMES,
    OTHERS,
    PARAMETERS,
    REWRITTEN,
    TYPICAL,
    compile_likelihood,
    observed,
    typical_sample,
)


def _reference(name: str, outcome: Outcome) -> np.ndarray:
    """The same log density by SciPy's distributions, row by row."""
    eta, par = TYPICAL[name], PARAMETERS[name]
    y, n, k = outcome.share, outcome.armed_forces, np.round(outcome.troops)
    some = expit(eta["participation"])
    if name == "gaussian":
        return stats.norm.logpdf(y, eta["share"], par["residual_sd"])
    if name == "bernoulli":
        return stats.bernoulli.logpmf(k >= 1, some)
    if name == "ordered_beta":
        mean = expit(eta["share"])
        low, high = (expit(eta["share"] - par["lower_cut"] - gap) for gap in (0.0, par["cut_gap"]))
        beta = stats.beta(mean * par["precision"], (1 - mean) * par["precision"])
        with np.errstate(divide="ignore"):
            between = np.log(low - high) + beta.logpdf(y)
        return np.where(y == 0, np.log(1 - low), np.where(y == 1, np.log(high), between))
    if name in ("hurdle_beta", "hurdle_lognormal"):
        mean = expit(eta["size"])
        size = (
            stats.beta(mean * par["precision"], (1 - mean) * par["precision"])
            if name == "hurdle_beta"
            else stats.lognorm(par["size_sd"], scale=np.exp(eta["size"]))
        )
        positive = np.where(y > 0, y, 0.5)
        return np.where(y > 0, np.log(some) + size.logpdf(positive) - size.logcdf(1.0), np.log(1 - some))
    if name == "hurdle_negbinomial":
        mean = np.exp(eta["size"])
        size = stats.nbinom(par["shape"], par["shape"] / (par["shape"] + mean))
    elif name == "zero_inflated_poisson":
        size = stats.poisson(np.exp(eta["size"]))
    else:
        mean = expit(eta["size"])
        size = stats.betabinom(n.astype(int), mean * par["precision"], (1 - mean) * par["precision"])
    if name.startswith("zero"):
        return np.where(k > 0, np.log(some) + size.logpmf(k), np.log(1 - some + some * size.pmf(0 * k)))
    return np.where(k > 0, np.log(some) + size.logpmf(k) - np.log1p(-size.pmf(0 * k)), np.log(1 - some))


@pytest.mark.parametrize("name", NAMES)
def test_every_likelihood_has_a_twin_in_scipy_here_or_in_a_file_of_its_own(name):
    assert name in OTHERS or Path(__file__).with_name(f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", OTHERS)
def test_log_density_equals_that_of_scipy(name):
    outcome = typical_sample(name)
    found = compile_likelihood(name, outcome)(TYPICAL[name], PARAMETERS[name])["logp"]
    assert found.shape == outcome.share.shape
    # SciPy's beta-binomial loses digits in differences of log beta functions.
    np.testing.assert_allclose(found, _reference(name, outcome), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["hurdle_beta", "hurdle_lognormal", "ordered_beta"])
def test_density_of_a_share_and_its_point_masses_integrate_to_one(name):
    log_odds = np.linspace(-200.0, 36.0, 4001)  # quadrature on the log odds, where the density is smooth
    share = expit(log_odds)
    forces = np.full(share.size + 2, 1e12)  # so that a share next to one is not taken for one
    values = np.concatenate([share, [0.0, 1.0]])
    compiled = compile_likelihood(name, observed(get(name), values, forces))
    for location in (-6.0, -1.0, 0.5):
        eta = {"participation": 0.3, "size": location, "share": location}
        found = compiled(eta, PARAMETERS[name])["logp"]
        density = np.exp(found[:-2]) * share * expit(-log_odds)
        points = np.exp(found[-2]) + (np.exp(found[-1]) if name == "ordered_beta" else 0.0)
        assert integrate.simpson(density, x=log_odds) + points == pytest.approx(1.0, abs=1e-6), location


@pytest.mark.parametrize("name", ["hurdle_betabinomial", "zero_inflated_betabinomial"])
@pytest.mark.parametrize("forces", [5, 400])
def test_probabilities_of_all_counts_out_of_the_armed_forces_add_up_to_one(name, forces):
    share = np.arange(forces + 1) / forces
    compiled = compile_likelihood(name, observed(get(name), share, np.full(forces + 1, float(forces))))
    for location in (-9.0, -3.0, 2.0):
        found = compiled({"participation": 0.3, "size": location}, PARAMETERS[name])
        assert np.exp(found["logp"]).sum() == pytest.approx(1.0, abs=1e-9), location


@pytest.mark.parametrize("name", ["hurdle_negbinomial", "zero_inflated_poisson"])
def test_probabilities_of_all_counts_add_up_to_one(name):
    counts = np.arange(3000.0)
    compiled = compile_likelihood(name, observed(get(name), counts, np.full(counts.size, 1e6)))
    for location in (-5.0, 0.0, 3.0):
        found = compiled({"participation": 0.3, "size": location}, PARAMETERS[name])
        assert np.exp(found["logp"]).sum() == pytest.approx(1.0, abs=1e-9), location


@pytest.mark.parametrize("name", NAMES)
def test_gradient_equals_finite_differences(name):
    compiled = compile_likelihood(name, typical_sample(name))
    eta = {part: TYPICAL[name][part] for part in compiled.likelihood.parts}
    at = compiled(eta, PARAMETERS[name])
    for key, is_part in [*((part, True) for part in eta), *((key, False) for key in PARAMETERS[name])]:
        centre = eta[key] if is_part else PARAMETERS[name][key]
        step = 1e-4 * max(abs(centre), 0.01)
        ends = []
        for sign in (-2, -1, 1, 2):
            moved = {**(eta if is_part else PARAMETERS[name]), key: centre + sign * step}
            value = compiled(moved, PARAMETERS[name]) if is_part else compiled(eta, moved)
            ends.append(value["logp"].sum())
        slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step)
        assert np.sum(at[key]) == pytest.approx(slope, rel=1e-5, abs=1e-5), key


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [ONCE, REWRITTEN], ids=["as written", "rewritten"])
def test_log_density_and_gradient_stay_finite_far_out(name, mode):
    compiled = compile_likelihood(name, typical_sample(name), mode)
    for part in compiled.likelihood.parts:
        for extreme in (-50.0, -20.0, 20.0, 50.0):
            found = compiled({**TYPICAL[name], part: extreme}, PARAMETERS[name])
            for key, value in found.items():
                assert np.all(np.isfinite(value)), (part, extreme, key)


@pytest.mark.parametrize("name", NAMES)
def test_shares_of_exactly_zero_and_one_have_a_finite_density(name):
    values = np.array([0.0, 1.0]) if get(name).outcome == "share" else np.array([0.0, 40_000.0])
    outcome = observed(get(name), values, np.full(2, 40_000.0))
    found = compile_likelihood(name, outcome)(TYPICAL[name], PARAMETERS[name])
    assert all(np.all(np.isfinite(value)) for value in found.values())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_sample_of_zeros_or_of_no_zeros_is_no_special_case(name, value):
    outcome = observed(get(name), np.full(3, value), np.full(3, 900.0))
    found = compile_likelihood(name, outcome)(TYPICAL[name], PARAMETERS[name])
    assert found["logp"].shape == (3,)
    assert np.all(np.isfinite(found["logp"]))


@pytest.mark.parametrize("name", [name for name in NAMES if get(name).outcome == "troops"])
def test_averages_of_lists_are_rounded_and_never_to_zero(name):
    forces = np.full(3, 1000.0)
    fractional = compile_likelihood(name, Outcome(np.array([0.2, 1.5, 3.2]), forces, forces / 2000))
    rounded = compile_likelihood(name, Outcome(np.array([1.0, 2.0, 3.0]), forces, forces / 2000))
    arguments = (TYPICAL[name], PARAMETERS[name])
    np.testing.assert_array_equal(fractional(*arguments)["logp"], rounded(*arguments)["logp"])


def test_the_threshold_of_participation_counts_contingents_of_at_least_that_many():
    outcome = Outcome(np.array([0.0, 99.0, 100.0]), np.full(3, 1e4), np.array([0.0, 0.0099, 0.01]))
    found = compile_likelihood("bernoulli", outcome, threshold=100)({"participation": 2.0}, {})["logp"]
    np.testing.assert_allclose(np.exp(found), [1 - expit(2.0), 1 - expit(2.0), expit(2.0)])


def test_compiled_by_numba_the_density_is_the_same():
    name = "hurdle_lognormal"
    results = [
        compile_likelihood(name, typical_sample(name), mode)(TYPICAL[name], PARAMETERS[name])
        for mode in (ONCE, "NUMBA")
    ]
    for key, value in results[0].items():
        np.testing.assert_allclose(results[1][key], value, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_data_as_symbols_give_the_same_density(name):
    found, expected = (
        compile_likelihood(name, typical_sample(name), symbolic=symbolic)(TYPICAL[name], PARAMETERS[name])
        for symbolic in (True, False)
    )
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-10)


@pytest.mark.parametrize("name", [name for name in OTHERS if name.startswith("hurdle")])
def test_a_hurdle_asks_for_the_size_of_positive_rows_only(name):
    outcome, asked = typical_sample(name), []

    class OnRows:
        def __getitem__(self, rows):
            asked.append(rows)
            return pt.constant(np.full(len(rows), TYPICAL[name]["size"]))

    params = {key: pt.constant(np.asarray(value)) for key, value in PARAMETERS[name].items()}
    participation = pt.constant(np.full(outcome.troops.size, TYPICAL[name]["participation"]))
    logp = get(name).logp(outcome, {"participation": participation, "size": OnRows()}, params)
    np.testing.assert_allclose(logp.eval(mode=ONCE), _reference(name, outcome), rtol=1e-6)
    assert all(np.array_equal(rows, np.flatnonzero(outcome.troops > 0)) for rows in asked)
