"""The headline effect where its step is attainable, and between depths that occur."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import pytest
import xarray as xr

from models.given import Given
from models.joint import joint
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate
from workflows.draws.summary import summarise
from workflows.estimands.checks import prior_draws
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.estimands.headline import AVERAGE_ARMED_FORCES
from workflows.estimands.support import attainable, contrast, groups_of, notices, support
from workflows.judge.limits import ALL, FIXED_STEP

STEP = 0.25


def _fit(likelihood: str, **model) -> Fit:
    spec = ModelSpec.model_validate({"contribution": {"likelihood": likelihood}, **model})
    panel, _ = simulate(spec, SMALL, seed=7)
    built = joint(panel, spec)
    return Fit(built, xr.DataTree.from_dict({"posterior": prior_draws(built, 60, seed=2)}))


@pytest.fixture(scope="module")
def fit():
    return _fit("hurdle_beta")


@pytest.fixture(scope="module")
def linear():
    return _fit("gaussian")


def _depths(fit: Fit) -> np.ndarray:
    """Depth of each row in each draw, by hand: the deepest treaty in force, or the baseline."""
    built = fit.joint
    theta = fit.draws["posterior"]["treaty_depth"].values[0]
    force = built.design.in_force > 0
    out = np.full((len(theta), len(force)), built.spec.depth.baseline)
    for row in np.flatnonzero(force.any(1)):
        out[:, row] = theta[:, force[row]].max(1)
    return out


@pytest.mark.parametrize("step", [0.05, STEP])
def test_a_step_is_attainable_where_the_depth_that_it_leaves_occurs(fit, step):
    depth = _depths(fit)
    low, high = fit.joint.spec.depth.scale
    expected = depth - step * (high - low) >= depth.min(1, keepdims=True)
    found = attainable(fit.joint, fit.draws["posterior"].to_dataset(), [step])[0]
    np.testing.assert_array_equal(found, expected)
    alone = ~fit.joint.design.in_force.any(1)
    lowest = depth[:, ~alone].min(1) > fit.joint.spec.depth.baseline
    assert lowest.any()
    assert not found[np.ix_(lowest, alone)].any()


def test_a_baseline_that_no_row_has_is_no_depth_that_occurs(fit):
    allied = np.flatnonzero(fit.joint.design.in_force.any(1))
    panel = fit.joint.panel.isel(row=allied)
    built = joint(panel, fit.joint.spec)
    draws = fit.draws["posterior"].to_dataset()
    found = attainable(built, draws, [1e-6])[0]
    depth = _depths(fit)[:, allied]
    np.testing.assert_array_equal(found, depth > depth.min(1, keepdims=True))


def test_a_share_over_all_rows_is_that_over_allied_ones_and_nothing_elsewhere(fit):
    table = support(fit, headline_effect(fit, step=STEP)).set_index(["quantity", "over", "operation", "step"])
    every, allied = (table.loc[("share attainable", over, ALL, "own")] for over in (ALL, "allied rows"))
    assert 0 < every["median"] < allied["median"] <= 1
    assert every["rows"] == fit.joint.panel.sizes["row"]
    assert set(table.xs("fixed", level="step")["of_step"]) == {FIXED_STEP}


def test_over_all_rows_it_is_the_headline_effect(fit):
    table = support(fit, headline_effect(fit, step=STEP))
    mine = table[(table["quantity"] == "H") & (table["over"] == ALL) & (table["step"] == "own")]
    headline = summarise(headline_effect(fit, step=STEP))
    kept = headline[headline["quantity"].isin(["headline_all_rows", "headline_operation"])]
    expected = kept.assign(label=kept["label"].replace("", ALL)).set_index("label")["median"]
    np.testing.assert_allclose(mine.set_index("operation")["median"], expected[mine["operation"]])


def test_in_a_linear_model_effects_are_the_slope_times_the_change_whatever_the_rows(linear):
    draws, built = linear.draws["posterior"].to_dataset(), linear.joint
    table = support(linear, headline_effect(linear, step=STEP))
    one = table[(table["quantity"] == "H") & (table["operation"] == "Alder") & (table["step"] == "own")]
    assert len(one) > 1
    assert np.ptp(one["median"]) < 1e-6 * abs(one["median"].iloc[0])
    found = contrast(built)
    assert found is not None
    label, groups, _ = found
    top = int(built.design.in_force.sum(0).argmax())
    deeper = draws["treaty_depth"].values[0, :, top] - built.spec.depth.baseline
    low, high = built.spec.depth.scale
    slope = evaluate(built, draws, {"slope": (built.contribution.slope["share"], ("row",))})["slope"].values[
        0
    ]
    row = int(np.flatnonzero(built.panel["row_operation"].values == "Alder")[0])
    expected = -AVERAGE_ARMED_FORCES * slope[:, row] * deeper / (high - low)
    mine = table[(table["quantity"] == label) & (table["operation"] == "Alder")].iloc[0]
    np.testing.assert_allclose(
        mine[["lower", "median", "upper"]].to_numpy(float), np.quantile(expected, [0.025, 0.5, 0.975])
    )
    ends = built.design.in_force[groups.rows[0]]
    assert ((ends[:, top] > 0) | ~ends.any(1)).all()


def test_few_attainable_rows_are_told_with_what_h_is_over_them(fit):
    table = support(fit, headline_effect(fit, step=STEP))
    (notice,) = notices(table)
    own = table[(table["step"] == "own") & (table["operation"] == "Alder")]
    share = own[(own["quantity"] == "share attainable") & (own["over"] == ALL)]["median"].iloc[0]
    assert f"Alder: attainable for {100 * share:.0f} %" in notice.text
    enough = table["quantity"] == "share attainable"
    assert notices(table.assign(median=np.where(enough, 0.9, table["median"]))) == []


def test_of_several_operations_the_notice_is_a_list():
    found = [
        (quantity, over, operation, "own", 0.2, median, -3.0, 4.0, 90)
        for operation in (ALL, "Alder", "Birch", "Cedar")
        for quantity, over, median in (
            ("share attainable", ALL, 0.9 if operation == "Cedar" else 0.3),
            ("H", ALL, -7.0),
            ("H", "attainable rows", -9.0),
        )
    ]
    names = ["quantity", "over", "operation", "step", "of_step", "median", "lower", "upper", "rows"]
    (notice,) = notices(pd.DataFrame(found, columns=names))
    first, *items = notice.text.splitlines()
    assert first.endswith("occurs.")
    assert [item.split(":")[0] for item in items] == ["- Alder", "- Birch"]
    assert items[0].endswith("for 30 % of 90 rows; over those H is −9 (−3 to 4), over all rows −7 (−3 to 4)")


def test_where_nobody_has_a_treaty_there_is_no_contrast_and_no_row_is_attainable(fit):
    panel = fit.joint.panel
    bare = panel.assign(in_force=panel["in_force"] * 0)
    built = joint(bare, fit.joint.spec, Given(np.zeros(0)))
    draws = prior_draws(built, 20, seed=1)
    bare_fit = Fit(built, xr.DataTree.from_dict({"posterior": draws}))
    table = support(bare_fit, headline_effect(bare_fit, step=STEP))
    assert contrast(built) is None
    assert (table.loc[table["quantity"] == "share attainable", "median"] == 0).all()
    assert set(table["over"]) == {ALL}
    assert "no row to state H over" in notices(table)[0].text
    assert isinstance(table, pd.DataFrame)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_not_finite_stays_with_the_groups_that_its_row_is_in(fit, odd):
    operation = fit.joint.design.operation
    change = np.random.default_rng(1).normal(size=operation.size)
    change[np.flatnonzero(operation == 1)[0]] = odd
    groups = groups_of(fit.joint, {ALL: np.ones(operation.size, bool), "some": operation == 0})
    found = groups.average(pt.constant(change)).eval()
    np.testing.assert_allclose(found, [change[rows].mean() for rows in groups.rows])
    assert np.isfinite(found).any()
