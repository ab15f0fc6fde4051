"""The headline effect at other depths of no treaty: weights of draws, and what is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from pytensor.graph.traversal import ancestors
from scipy.stats import norm

from models.given import Given
from models.joint import BASELINE, joint
from models.modes import PLAIN
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate
from workflows.estimands import baselines as b
from workflows.estimands.checks import prior_draws

NOW, OTHER = -2.0, -1.0


@pytest.fixture(scope="module")
def world():
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "hurdle_beta"}})
    return simulate(spec, SMALL, seed=7)[0], spec


@pytest.fixture(scope="module")
def model(world):
    return joint(*world, Given(data={"baseline"}))


def _items(loading: list[float], threshold: list[float], draws: int = 3) -> xr.Dataset:
    labels = [f"item{k}" for k in range(len(loading))]
    cuts = [f"{label}>=1" for label in labels] + ["item0>=2"]
    shape = (2, draws, 1)
    return xr.Dataset(
        {
            "loading": (("chain", "draw", "provision_informative"), np.tile(loading, shape)),
            "threshold": (("chain", "draw", "threshold_cut"), np.tile([*threshold, 9.0], shape)),
        },
        {"provision_informative": labels, "threshold_cut": cuts},
    )


def test_an_empty_treaty_is_as_deep_as_one_item_says_in_closed_form():
    slope, cut = 1.3, 0.4
    expected = -slope / np.sqrt(1 + slope**2) * norm.pdf(cut) / norm.cdf(cut)
    assert b.empty_treaty_depth(_items([slope], [cut])) == pytest.approx(expected, abs=1e-6)
    assert b.empty_treaty_depth(_items([0.0, 0.0], [0.4, -1.0])) == pytest.approx(0, abs=1e-12)
    assert b.empty_treaty_depth(_items([slope, slope], [cut, cut])) < expected


def test_each_depth_of_no_treaty_is_tried_once():
    assert b.baselines_of(-2.0, -0.63) == {"as declared": -2.0, "-1": -1.0, "empty treaty": -0.63}
    assert b.baselines_of(-0.63, -0.6301) == {"as declared": -0.63, "-2": -2.0, "-1": -1.0}


def test_the_baseline_as_data_is_the_model_of_that_baseline(world, model):
    panel, spec = world
    draws = prior_draws(model, 4, seed=1)
    shared, shares = model.model[BASELINE], {}
    # Scales of priors are those of the spec as declared, whatever the baseline: such terms are left out.
    moving = [rv.name for rv in model.model.free_RVs if shared in set(ancestors([rv]))]
    assert any(name.endswith("_intercept_raw") for name in moving)
    for value in (NOW, OTHER):
        depth = spec.depth.model_copy(update={"baseline": value})
        built = joint(panel, spec.model_copy(update={"depth": depth}))
        terms = [pm.logp(built.model[name], built.model[name]).sum() for name in moving]
        whole = pm.math.stack([*terms, *built.model.potentials])
        shares[value] = evaluate(built, draws, {"all": (whole, ("term",))})["all"].values.sum(-1)
        model.model.set_data(BASELINE, [value])
        shares[value, "data"] = evaluate(model, draws, {"some": (b.log_density(model), ("term",))})[
            "some"
        ].values.sum(-1)
    model.model.set_data(BASELINE, [NOW])
    moved = shares[OTHER] - shares[NOW]
    assert np.abs(moved).max() > 0.1
    np.testing.assert_allclose(shares[OTHER, "data"] - shares[NOW, "data"], moved, atol=1e-8)


def test_draws_of_one_normal_weighed_are_draws_of_another():
    draws = np.random.default_rng(3).normal(size=(4, 2000))
    weights, k = b.smoothed(0.5 * draws - 0.125, [slice(None)])
    assert b.trusted(k, draws.size)
    assert weights.sum() == pytest.approx(1)
    found = b.quantiles(draws, weights, [0.025, 0.5, 0.975])
    np.testing.assert_allclose(found, norm.ppf([0.025, 0.5, 0.975], 0.5), atol=0.1)


def test_weights_that_rest_on_few_draws_are_not_trusted():
    draws = np.random.default_rng(3).normal(size=(4, 500))
    _, k = b.smoothed(0.48 * draws**2, [slice(None)])
    assert not b.trusted(k, draws.size)
    _, k = b.smoothed(np.where(draws > 2, np.inf, 0.0), [slice(None)])
    assert not b.trusted(k, draws.size)
    assert not b.trusted(0.69, 100)


def test_imputations_keep_their_share_whatever_their_weights():
    draws = np.random.default_rng(3).normal(size=(4, 500))
    ratio = 0.3 * draws + np.array([0, 0, 50, 50])[:, None]
    weights, k = b.smoothed(ratio, [slice(0, 2), slice(2, 4)])
    assert b.trusted(k, 1000)
    np.testing.assert_allclose([weights[:2].sum(), weights[2:].sum()], 0.5)


def test_equal_weights_give_the_quantiles_of_the_draws():
    values = np.random.default_rng(1).normal(size=(2, 4000))
    equal = np.full(values.shape, 1 / values.size)
    np.testing.assert_allclose(
        b.quantiles(values, equal, [0.1, 0.5]), np.quantile(values, [0.1, 0.5]), atol=1e-3
    )


def test_reweighting_leaves_the_declared_baseline_in_place(model):
    draws = prior_draws(model, 30, seed=1)
    effect, weights = b.reweighted(model, draws, {"same": NOW, "other": OTHER}, 0.2)
    assert model.model[BASELINE].get_value() == [NOW]
    assert effect["headline_operation"].dims == ("chain", "draw", "baseline", "operation")
    np.testing.assert_allclose(weights["same"][0], 1 / 30)
    assert np.ptp(weights["other"][0]) > 0 or not np.isfinite(weights["other"][0]).all()
    one = effect["headline_all_rows"]
    assert not np.allclose(one.sel(baseline="same"), one.sel(baseline="other"))


def _table(lower: float, upper: float, how: str = "reweighted", advice: str = "") -> pd.DataFrame:
    rows = [
        ("as declared", -2.0, "ISAF", -125.0, -205.0, -8.0, "as declared", True, ""),
        ("-1", -1.0, "ISAF", (lower + upper) / 2, lower, upper, how, not advice, advice),
    ]
    names = ["label", "baseline", "operation", "median", "lower", "upper", "how", "passed", "advice"]
    return pd.DataFrame(rows, columns=names)


def test_an_interval_that_covers_zero_elsewhere_is_told():
    (notice,) = b.notices(_table(-218.0, 26.0))
    assert "covers zero" in notice.text
    assert "at −1.00 H covers zero" in notice.text
    assert "−218 to 26" in notice.text
    (notice,) = b.notices(_table(12.0, 90.0))
    assert "other sign" in notice.text
    assert b.notices(_table(-180.0, -3.0)) == []


def test_a_fit_that_did_not_pass_and_what_was_not_computed_are_told():
    why = "the shorter fit did not pass (R-hat 1.5 (headline_operation[Odyssey]), needs at most 1.01)"
    (notice,) = b.notices(_table(-180.0, -3.0, "refitted", why))
    assert notice.text == (
        "at −1.00, the shorter fit did not pass (R-hat 1.5 (H of Odyssey), needs at most 1.01)."
    )
    (notice,) = b.notices(_table(-180.0, -3.0, "refitted", "a shorter fit did not pass: more draws"))
    assert "did not pass" in notice.text
    (notice,) = b.notices(_table(np.nan, np.nan, "not computed", "declare baseline = -1.00"))
    assert "declare baseline" in notice.text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_fit_at_another_baseline_is_the_posterior_of_that_spec():
    """With potential alone, a linear model and known depth the answer is that of least squares."""
    plain = dict.fromkeys(
        ("treaty_effects", "state_effects", "operation_year_effects", "slope_varies"), False
    )
    wide = {"slope": 50.0}
    spec = ModelSpec.model_validate(
        {
            "contribution": {
                "likelihood": "gaussian",
                "hold_similarity": False,
                "controls": [],
                "priors": wide,
                **plain,
            }
        }
    )
    panel, truth = simulate(spec, SMALL, seed=5)
    depth = truth["treaty_depth"].to_numpy()
    built = joint(panel, spec, Given(depth, {"baseline"}))
    from workflows.spec.run import SamplingSpec

    again = b.Again(built, prior_draws(built, 8, seed=1))
    found, _ = again.fit(1.0, 0.2, SamplingSpec(tune=300, draws=400), 3)
    other = spec.depth.model_copy(update={"baseline": 1.0})
    potential = joint(panel, spec.model_copy(update={"depth": other}), Given(depth)).potential.eval(
        mode=PLAIN
    )
    operations = [(panel["row_operation"].values == o).astype(float) for o in panel["operation"].values]
    slope = np.linalg.lstsq(np.column_stack([potential, *operations]), panel["share"].values)[0][0]
    effect = found["headline_all_rows"]
    assert float(effect.mean()) == pytest.approx(111_976 * 0.2 * slope, abs=0.15 * float(effect.std()))
