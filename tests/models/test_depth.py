"""The graded measure inside a joint model, on fifteen treaties of the United States as read by this project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
import pytest

from models.depth import Treaties, depth_of_sets, graded_depth
from models.item_priors import DepthPriors
from models.items import PROVISIONS, code_provisions
from models.orientation import orientation
from workflows.sampling.chains import sample_small
from workflows.spec.run import SamplingSpec

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def treaties() -> pd.DataFrame:
    table = pd.read_csv(ROOT / "data" / "bundled" / "us_treaties.csv")
    return table[table["coder"] == "practice"]


@pytest.fixture(scope="module")
def provisions(treaties) -> np.ndarray:
    return treaties[list(PROVISIONS)].to_numpy(float)


@pytest.fixture(scope="module")
def fit(treaties, provisions):
    with pm.Model(coords={"treaty": treaties["treaty_id"].to_list()}) as model:
        every = np.ones(len(treaties), bool)
        graded_depth(Treaties(code_provisions(provisions), every, ~every), DepthPriors())
    return sample_small(model, SamplingSpec(draws=500, tune=500, chains=4, seed=4))


def test_constant_provisions_are_named_and_left_out(provisions):
    coding = code_provisions(provisions)
    assert coding.constant == ("specific_contributions", "secrecy")
    assert coding.levels == (2, 2, 2, 2, 2, 4, 2)
    assert set(coding.names).isdisjoint(coding.constant)


def test_a_constant_provision_stays_where_its_item_parameters_are_known(provisions):
    coding = code_provisions(provisions, known=("secrecy",))
    assert "secrecy" in coding.names


def test_every_chain_has_the_right_sign_and_scores_rise_with_provisions(fit, provisions):
    check = orientation(fit.posterior["treaty_depth"].to_numpy(), provisions)
    assert check.passed, str(check)
    assert (fit.posterior["loading_other"].sum("other") > 0).all()


def test_the_bundled_treaties_are_ordered_as_their_texts_suggest(fit):
    mean = fit.posterior["treaty_depth"].mean(("chain", "draw"))
    assert mean.sel(treaty="CFA-FSM-RMI") > mean.sel(treaty="RIO")
    assert mean.sel(treaty="NATO") > mean.sel(treaty="US-PHL")


def test_a_fit_on_few_treaties_mixes(fit):
    import arviz as az

    summary = az.summary(fit, var_names=["loading", "threshold", "treaty_depth"], round_to="none")
    assert summary["r_hat"].max() < 1.03
    assert int(fit.sample_stats["diverging"].sum()) == 0


def test_mirrored_scores_fail_the_orientation_check(fit, provisions):
    assert not orientation(-fit.posterior["treaty_depth"].to_numpy(), provisions).passed


def test_depth_of_sets_by_rule():
    theta = np.array([0.5, 1.5, -0.5])
    sets = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 0]])
    deepest = depth_of_sets(_tensor(theta), sets, "deepest", -1.0)
    np.testing.assert_allclose(deepest.eval(), [-1.0, 1.5, 1.5, 0.5])
    latest = depth_of_sets(_tensor(theta), sets, "latest", -1.0, order=np.array([1950, 1940, 1990]))
    np.testing.assert_allclose(latest.eval(), [-1.0, 0.5, -0.5, 0.5])
    total = depth_of_sets(_tensor(theta), sets, "sum", -1.0)
    np.testing.assert_allclose(total.eval(), [-1.0, 3.0, 2.0, 0.5])


def test_unknown_rule_and_missing_order_are_refused():
    with pytest.raises(ValueError, match="deepest"):
        depth_of_sets(_tensor(np.zeros(2)), np.ones((1, 2)), "widest")
    with pytest.raises(ValueError, match="order"):
        depth_of_sets(_tensor(np.zeros(2)), np.ones((1, 2)), "latest")


def test_gradient_of_depth_of_sets_reaches_the_deepest_treaty_only():
    import pytensor.tensor as pt

    theta = pt.dvector()
    out = depth_of_sets(theta, np.array([[1, 1], [0, 0]]), "deepest", -1.0)
    grad = pt.grad(out.sum(), theta).eval({theta: np.array([0.2, 0.9])})
    np.testing.assert_allclose(grad, [0.0, 1.0])


def test_an_unknown_prior_key_is_refused():
    with pytest.raises(ValueError, match="Extra inputs"):
        DepthPriors(loading_median=1.0)


def _tensor(values):
    import pytensor.tensor as pt

    return pt.as_tensor_variable(values)
