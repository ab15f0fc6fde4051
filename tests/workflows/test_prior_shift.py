"""Where the posterior of each coefficient and spread lies in its prior."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.stats import halfnorm, norm

from models.given import Given
from models.joint import joint
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from workflows.estimands.checks import prior_draws
from workflows.estimands.power_scaling import blocks
from workflows.estimands.prior_shift import (
    FURTHEST,
    MEASUREMENT,
    notices,
    overlap_with_prior,
    prior_shift,
    top_level,
)


@pytest.fixture(scope="module")
def built():
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "hurdle_beta", "slope_varies": False}})
    panel, truth = simulate(spec, SMALL, seed=7)
    return joint(panel, spec, Given(truth["treaty_depth"].to_numpy()))


@pytest.fixture(scope="module")
def prior(built):
    return prior_draws(built, 1500, seed=3)


def _of(table, parameter):
    return table[table["parameter"] == parameter].iloc[0]


def test_every_top_level_coefficient_and_spread_is_set_beside_its_prior(built, prior):
    scaled = {n for names in blocks(built).values() for n in names}
    expected = {n for n in scaled if not n.endswith((*MEASUREMENT, "_raw", "_intercept"))}
    assert {n for n in top_level(built) if not n.endswith("_intercept")} == expected
    whole = joint(built.panel, built.spec)
    assert top_level(whole) == top_level(built), "the measurement of depth is no coefficient"
    table = prior_shift(built, prior)
    assert list(dict.fromkeys(table["parameter"])) == top_level(built)
    controls = list(built.panel["control"].values)
    assert table.loc[table["parameter"] == "size_control", "of"].tolist() == controls


def test_draws_of_the_prior_lie_at_its_median_and_overlap_with_it(built, prior):
    table = prior_shift(built, prior)
    assert table["prior_sds"].abs().max() < 0.2
    assert table["overlap"].min() > 0.85
    assert not table["flagged"].any()
    assert notices(table) == []


def test_a_coefficient_four_prior_sds_out_is_flagged_and_told(built, prior):
    name = "participation_slope_mean"
    sd = float(prior[name].std())
    moved = prior.assign({name: 4 * sd + 0.1 * (prior[name] - prior[name].median())})
    table = prior_shift(built, moved)
    row = _of(table, name)
    assert row["flagged"]
    assert row["prior_sds"] == pytest.approx(4, abs=0.2)
    assert row["overlap"] < 0.01
    (notice,) = notices(table)
    # The SD is that of 1,500 draws, so the distance is 4 but for some hundredths.
    told = re.search(rf"{name.replace('_', ' ')} \+([0-9.]+) ", notice.text)
    assert float(told[1]) == pytest.approx(row["prior_sds"], abs=0.051)
    assert notice.text.startswith("1 of ")


def test_spreads_count_in_quantiles_of_their_priors(built, prior):
    scale = built.spec.contribution.priors
    log = np.log(prior["size_treaty_sd"])
    narrow = {
        "size_treaty_sd": np.exp(
            np.log(scale.treaty) + 2.5 * scale.treaty_log_sd + 1e-3 * (log - log.median())
        ),
        "size_state_sd": scale.state * norm.ppf((1 + norm.cdf(-1.0)) / 2) * (prior["size_state_sd"] * 0 + 1),
        "precision": prior["precision"] * 1e60,
    }
    table = prior_shift(built, prior.assign(narrow))
    assert _of(table, "size_treaty_sd")["prior_sds"] == pytest.approx(2.5, abs=0.01)
    assert _of(table, "size_state_sd")["prior_sds"] == pytest.approx(-1, abs=1e-6)
    assert _of(table, "precision")["prior_sds"] == FURTHEST


def test_overlap_is_the_one_known_in_closed_form(built, prior):
    name = "size_slope_mean"
    exact = norm.ppf((np.arange(1, 1501) - 0.5) / 1500)
    sd = float(prior[name].std())
    shifted = prior.assign({name: prior[name].copy(data=(sd * (exact + 1.0))[None])})
    assert _of(prior_shift(built, shifted), name)["overlap"] == pytest.approx(2 * norm.cdf(-0.5), abs=0.03)


@pytest.mark.parametrize(
    ("scale", "verdict"), [(1.0, "mostly the prior"), (0.4, "partly the prior"), (0.01, "mostly the data")]
)
def test_the_figure_of_a_spread_is_told_the_overlap_of_the_table(built, prior, scale, verdict):
    name = "size_state_sd"
    changed = prior.assign({name: scale * prior[name]})
    overlap, said = overlap_with_prior(built, changed, name)
    assert overlap == _of(prior_shift(built, changed), name)["overlap"]
    assert said == verdict


def test_overlap_of_a_spread_agrees_with_the_exact_value(built, prior):
    # Half-normals of scale 1 and 2: the densities cross at x = sqrt(8 ln 2 / 3).
    cross = np.sqrt(8 * np.log(2) / 3)
    exact = halfnorm.cdf(cross, scale=2) + 1 - halfnorm.cdf(cross)
    twice = prior.assign(size_state_sd=2 * prior["size_state_sd"])
    overlap, _ = overlap_with_prior(built, twice, "size_state_sd")
    assert overlap == pytest.approx(exact, abs=0.05)


def test_what_is_sampled_in_another_form_is_judged_by_the_prior_that_it_is_declared_to_have(built, prior):
    named = {"size_level": 4.0}
    model = built.model
    with model:
        import pymc as pm

        pm.Deterministic("size_level", 2.0 * model["size_slope_mean"])
    changed = replace(built, contribution=replace(built.contribution, declared=named))
    draws: xr.Dataset = prior.assign(size_slope_mean=prior["size_slope_mean"] * 0 + 3.0)
    row = _of(prior_shift(changed, draws), "size_level")
    assert row["median"] == pytest.approx(6)
    assert row["prior_sds"] == pytest.approx(1.5)
