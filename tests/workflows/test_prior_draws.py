"""Draws from the prior, all at once, are draws of the prior: each variable given those that it depends on."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytest
from scipy.stats import kstest

from workflows.draws.prior import from_prior

MANY = 4000


def model(more: bool = False) -> pm.Model:
    with pm.Model(coords={"group": ["a", "b", "c"], "year": [1, 2]}) as found:
        spread = pm.HalfNormal("spread", 2.0)
        level = pm.Normal("level", np.array([-1.0, 0.0, 5.0]), spread, dims="group")
        pm.Normal("cell", level[:, None], np.array([0.5, 3.0]), dims=("group", "year"))
        pm.LogNormal("whole", level.sum() / 10.0, 0.3)
        if more:
            pm.Dirichlet("weights", np.ones(3), dims="group")
    return found


@pytest.mark.parametrize("more", [False, True])
def test_each_variable_has_its_distribution_given_its_parents(more):
    spread, level, cell, whole, *weights = from_prior(model(more), MANY if not more else 200, 5, 300)
    z = (level - [-1.0, 0.0, 5.0]) / spread[:, None]
    deep = (cell - level[:, :, None]) / [0.5, 3.0]
    last = (np.log(whole) - level.sum(1) / 10.0) / 0.3
    for values in (*z.T, *deep.reshape(len(deep), -1).T, last):
        assert kstest(values, "norm").pvalue > 1e-4
    assert kstest(spread / 2.0, "halfnorm").pvalue > 1e-4
    every = np.column_stack([z, deep.reshape(len(deep), -1), last, spread])
    apart = np.corrcoef(every.T) - np.eye(every.shape[1])
    assert np.abs(apart).max() < 5 / np.sqrt(len(every))
    assert all(w.shape == (200, 3) for w in weights)


def test_a_seed_stands_for_its_draws():
    first, again, other = (from_prior(model(), 5, seed, 2) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    # Draws that are made together and those of the next time are all different.
    assert all(len(one) == 5 and len(np.unique(one.reshape(5, -1), axis=0)) == 5 for one in first)
