"""Scores are log densities of the declared unit, and stacking finds the model that predicts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import multivariate_normal

from data.common.errors import InputError
from models.given import Given
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.estimands.checks import prior_draws
from workflows.estimands.fit import Fit
from workflows.estimands.predictive_score import log_likelihood, loo, state_log_likelihood
from workflows.estimands.stacking import compare, stacking
from workflows.series.kfold import fold_of_rows, refitter, score_fold
from workflows.spec.run import SamplingSpec

TINY = Size(
    states=12, operations={"Alder": (2001, 2002), "Birch": (2003, 2003)}, treaties=4, other_treaties=0
)


@pytest.fixture(scope="module")
def known():
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "gaussian", "treaty_effects": False}})
    panel, truth = simulate(spec, TINY, 4)
    return joint(panel, spec, Given(truth["treaty_depth"].to_numpy()))


@pytest.fixture(scope="module")
def draws(known):
    flat = prior_draws(known, 80, 1)
    # Four chains near one point: what a posterior looks like, and no row has an absurd density.
    spread = {name: 0.2 * array + 0.8 * array.mean("draw") for name, array in flat.data_vars.items()}
    flat = flat.assign(spread)
    parts = [flat.isel(draw=slice(20 * k, 20 * k + 20)).assign_coords(draw=range(20)) for k in range(4)]
    return xr.concat([p.assign_coords(chain=[k]) for k, p in enumerate(parts)], "chain")


def test_rows_add_up_to_the_models_likelihood(known, draws):
    values = log_likelihood(known, draws)
    assert values.dims == ("chain", "draw", "row")
    from workflows.draws.evaluate import evaluate

    whole = evaluate(known, draws, {"x": (known.model["contribution"], ())})["x"]
    np.testing.assert_allclose(values.sum("row"), whole)


def test_a_states_effect_is_integrated_out_as_in_closed_form(known, draws):
    one = draws.isel(chain=slice(0, 1), draw=slice(0, 1))
    # With a Gaussian likelihood the rows of a state are jointly normal.
    found = state_log_likelihood(known, one).values[0, 0]
    from workflows.draws.evaluate import evaluate

    values = evaluate(
        known,
        one,
        {
            "eta": (known.contribution.eta["share"], ("row",)),
            "effect": (known.model["share_state"], ("state",)),
        },
    )
    eta, effect = (values[name].values[0, 0] for name in ("eta", "effect"))
    spread, residual = (
        float(one["share_state_sd"].values.ravel()[0]),
        float(one["residual_sd"].values.ravel()[0]),
    )
    for state in range(3):
        rows = np.flatnonzero(known.design.state == state)
        mean = eta[rows] - effect[state]
        covariance = spread**2 + residual**2 * np.eye(rows.size)
        expected = multivariate_normal(mean, covariance).logpdf(known.design.outcome.share[rows])
        assert found[state] == pytest.approx(expected, abs=0.02)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("unit", "count"), [("row", 36), ("state", 12)])
def test_psis_loo_gives_a_score_and_a_diagnostic_to_each_unit(known, draws, unit, count):
    tree = xr.DataTree.from_dict({"posterior": draws})
    found = loo(Fit(known, tree), unit)
    assert len(found) == count
    assert np.isfinite(found["elpd"]).all()
    assert np.isfinite(found["pareto_k"]).all()


@pytest.mark.parametrize(("unit", "fits", "units"), [("state", 4, 12), ("operation", 2, 36)])
def test_everything_is_left_out_once_and_never_seen_by_its_own_fit(known, draws, unit, fits, units):
    seen = []

    def fit(weight):
        seen.append(weight)
        return draws

    of_row = fold_of_rows(known, unit, folds=4)
    found = pd.concat([score_fold(known, fit, unit, of_row == fold) for fold in np.unique(of_row)])
    assert len(seen) == fits
    np.testing.assert_array_equal(sum(1 - w for w in seen), np.ones(36))
    assert len(found) == units
    assert found["unit"].is_unique
    group = known.design.state if unit == "state" else known.design.operation
    assert all(len(set(w[group == g])) == 1 for w in seen for g in np.unique(group))


def test_rows_that_a_refit_has_not_seen_are_scored_in_full(monkeypatch):
    """They have weight zero in the fit; sampling is put aside."""
    plain = {"treaty_effects": False, "state_effects": False}
    measured = {"measurement": "plug-in"}
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "gaussian", **plain}, "depth": measured})
    panel, truth = simulate(spec, TINY, 4)
    depth = truth["treaty_depth"].to_numpy()
    whole = joint(panel, spec, Given(depth))
    drawn = prior_draws(whole, 40, 1)

    class Put:
        def __init__(self, joint):
            self.joint = joint

        def sample(self, _, seed=None, **data):  # noqa: ARG002
            self.joint.with_data(**data)
            return xr.DataTree.from_dict({"posterior": drawn})

    monkeypatch.setattr("workflows.sampling.posterior.Compiled", Put)
    alone = xr.Dataset({"treaty_depth": (("chain", "draw", "treaty"), depth[None, None])})
    model, fit = refitter(panel, spec, SamplingSpec(), lambda: alone)
    out = model.design.operation == 1
    found = score_fold(model, fit, "operation", out)
    expected = score_fold(whole, lambda _: drawn, "operation", out)
    pd.testing.assert_frame_equal(found, expected)
    assert (found["elpd"] != 0).all()


def test_stacking_gives_all_weight_to_a_model_that_is_better_everywhere():
    rng = np.random.default_rng(1)
    good = rng.normal(-1, 0.1, 200)
    np.testing.assert_allclose(stacking(np.column_stack([good, good - 1])), [1, 0], atol=1e-4)


def test_stacking_shares_weight_between_models_that_know_different_units():
    left = np.where(np.arange(100) < 50, -1.0, -8.0)
    np.testing.assert_allclose(stacking(np.column_stack([left, left[::-1]])), [0.5, 0.5], atol=1e-3)


def test_comparison_names_the_best_first_and_refuses_different_units():
    frame = pd.DataFrame({"unit": range(50), "elpd": np.linspace(-2, -1, 50), "pareto_k": 0.2})
    worse = frame.assign(elpd=frame["elpd"] - 0.3, pareto_k=0.9)
    table = compare({"worse": worse, "better": frame})
    assert list(table["model"]) == ["better", "worse"]
    assert table["difference"].tolist() == pytest.approx([0.0, -15.0])
    assert table["bad_k"].tolist() == [0, 50]
    with pytest.raises(ValueError, match="different units"):
        compare({"one": frame, "two": frame.iloc[:40]})


@pytest.mark.parametrize("score", [np.nan, -np.inf])
def test_a_model_without_a_finite_score_is_refused_with_its_units_and_never_the_best(score):
    frame = pd.DataFrame({"unit": [f"state {k}" for k in range(9)], "elpd": np.linspace(-2, -1, 9)})
    hole = frame.assign(elpd=frame["elpd"].where(frame.index != 7, score))
    with pytest.raises(InputError, match="elpd of 'holed'") as caught:
        compare({"whole": frame, "holed": hole})
    assert caught.value.row == "state 7"
    with pytest.raises(InputError, match="and 4 more"):
        compare({"none": frame.assign(elpd=score), "whole": frame})
