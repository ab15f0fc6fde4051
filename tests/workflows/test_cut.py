"""Imputed depth: which draws are taken, what the number of imputations costs, and what the gate then judges."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from workflows.judge.verdict import cut_gate, monte_carlo_error
from workflows.sampling.cut import imputed

CHAINS = 4


def alone(draws=500):
    rng = np.random.default_rng(0)
    return xr.Dataset(
        {"treaty_depth": (("chain", "draw", "treaty"), rng.normal(size=(4, draws, 3)))},
        {"chain": np.arange(4), "draw": np.arange(draws), "treaty": ["a", "b", "c"]},
    )


def mixture(imputations, between, draws=300, seed=1):
    """Draws of a quantity whose mean differs between imputations by an SD of `between`; within, the SD is 1."""
    rng = np.random.default_rng(seed)
    centre = np.repeat(between * rng.normal(size=imputations), CHAINS)
    values = centre[:, None] + rng.normal(size=(imputations * CHAINS, draws))
    stats = {
        "diverging": np.zeros(values.shape, bool),
        "reached_max_treedepth": np.zeros(values.shape, bool),
        "energy": rng.normal(size=values.shape),
    }
    dims = ("chain", "draw")
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"slope": (dims, values)}),
            "sample_stats": xr.Dataset({k: (dims, v) for k, v in stats.items()}),
        }
    )
    return tree, xr.Dataset({"headline": (dims, 100 * values)})


def test_imputations_are_distinct_draws_of_measurement_that_a_seed_fixes():
    draws = alone()
    first, again, other = (imputed(draws, 20, seed) for seed in (1, 1, 2))
    assert first["treaty_depth"].dims == ("treaty", "imputation") or first.sizes["imputation"] == 20
    xr.testing.assert_identical(first, again)
    assert not np.array_equal(first["treaty_depth"], other["treaty_depth"])
    assert len(np.unique(first["treaty_depth"].sel(treaty="a"))) == 20


def test_the_error_of_few_imputations_is_the_spread_of_their_means():
    _, effect = mixture(25, between=2.0)
    row = monte_carlo_error(effect, CHAINS).iloc[0]
    means = effect["headline"].values.reshape(25, -1).mean(1)
    assert row["error"] == pytest.approx(means.std(ddof=1) / 5)
    assert row["relative"] == pytest.approx(row["error"] / effect["headline"].values.std())
    assert not row["passed"]
    assert row["needed"] > 25


def test_imputations_that_hardly_differ_are_enough():
    tree, effect = mixture(20, between=0.05)
    verdict = cut_gate(tree, ["slope"], effect, CHAINS)
    assert verdict.passed, verdict.checks.to_string()


def test_chains_of_one_imputation_are_judged_together_and_not_with_those_of_another():
    tree, effect = mixture(60, between=0.5)
    verdict = cut_gate(tree, ["slope"], effect, CHAINS)
    assert verdict.parameters["r_hat"].max() <= 1.01  # over all chains at once it would be far above
    assert verdict.passed, verdict.checks.to_string()


def test_too_few_imputations_fail_with_the_number_that_would_do():
    tree, effect = mixture(5, between=2.0)
    verdict = cut_gate(tree, ["slope"], effect, CHAINS)
    assert not verdict.passed
    assert any("Declare imputations = " in line for line in verdict.advice())


def test_one_imputation_that_does_not_converge_fails_the_run():
    tree, effect = mixture(20, between=0.05)
    tree["posterior"]["slope"].values[7] += 3.0
    verdict = cut_gate(tree, ["slope"], effect, CHAINS)
    assert not verdict.passed
    assert "1 failed the gate" in verdict.checks.set_index("check").loc["imputations", "found"]
