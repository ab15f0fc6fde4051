"""No chain ends in the mirrored mode, from overdispersed starts on both sides; the check has power."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
import pytest

from models.depth import graded_depth
from models.factor import FactorPriors, factor_model, standardise
from models.graded import graded_model, patterns
from models.item_priors import DepthPriors
from models.items import PROVISIONS, code_provisions
from models.orientation import provision_count
from workflows.depth_starts import (
    judge,
    many_chains,
    scorer_of_explicit,
    scorer_of_factor,
    scorer_of_graded,
)

TREATIES = Path(__file__).resolve().parents[2] / "data" / "bundled" / "us_treaties.csv"


@pytest.fixture(scope="module")
def answers() -> np.ndarray:
    """Binary provisions of 492 treaties with loadings and rarities like those of real ones."""
    rng = np.random.default_rng(492)
    loading = np.array([0.9, 1.1, 1.6, 1.2, 1.1, 0.7, 0.7, 0.3, -0.2])
    threshold = np.array([0.9, 2.0, 1.6, 1.1, 1.2, 1.3, 0.4, 1.2, 1.3])
    latent = rng.standard_normal((492, 1)) * loading + rng.standard_normal((492, 9))
    return (latent > threshold * np.sqrt(1 + loading**2)).astype(float)


@pytest.mark.parametrize(
    "sampler", ["nutpie", pytest.param("numpyro", marks=[pytest.mark.slow, pytest.mark.nightly])]
)
def test_no_chain_of_the_factor_model_is_mirrored_in_200_starts(answers, sampler):
    rows = standardise(answers)
    model = factor_model(rows.cross, len(rows.values), rows.names)
    check = judge(many_chains(model, sampler), scorer_of_factor(rows), answers)
    assert check.rank_correlation.size == 200
    assert check.passed, str(check)


@pytest.mark.parametrize(
    "sampler", [pytest.param("nutpie", marks=[pytest.mark.slow, pytest.mark.nightly]), "numpyro"]
)
def test_a_symmetric_bases_prior_lets_chains_end_mirrored(answers, sampler):
    rows = standardise(answers)
    model = factor_model(rows.cross, len(rows.values), rows.names, FactorPriors(sign="none"))
    check = judge(many_chains(model, sampler), scorer_of_factor(rows), answers)
    assert not check.passed
    assert 0.2 < (check.rank_correlation < 0).mean() < 0.8


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("sampler", ["nutpie", "numpyro"])
@pytest.mark.parametrize("sign", ["anchor", "none"])
def test_no_chain_of_the_graded_model_is_mirrored_unless_its_prior_is_symmetric(answers, sampler, sign):
    grouped = patterns(code_provisions(answers))
    model = graded_model(grouped, DepthPriors(sign=sign))
    check = judge(many_chains(model, sampler), scorer_of_graded(grouped), answers)
    assert check.passed == (sign == "anchor"), str(check)


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("sampler", ["nutpie", "numpyro"])
def test_no_chain_with_explicit_latents_is_mirrored_on_fifteen_treaties(sampler):
    table = pd.read_csv(TREATIES).query("coder == 'practice'")[list(PROVISIONS)].to_numpy(float)
    with pm.Model() as model:
        graded_depth(table)
    posterior = many_chains(model, sampler, tune=500, draws=300, count=provision_count(table))
    check = judge(posterior, scorer_of_explicit, table)
    assert check.passed, str(check)
