"""What has a value for each row is computed some draws at a time, and comes to the same as all at once."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.draws import evaluate
from workflows.draws.cells import Cells
from workflows.draws.evaluate import mean_over_draws, pieces, thinned
from workflows.estimands import checks, predictive_score
from workflows.estimands.effects import potential_step
from workflows.estimands.fit import Fit
from workflows.estimands.further import over_contribution
from workflows.run.stages._model import bare

DRAWS = 30


@pytest.fixture(scope="module")
def built():
    panel = simulate("hurdle_beta", Size(states=12, operations={"A": (2001, 2003), "B": (2002, 2004)}), 3)[0]
    return joint(panel, ModelSpec.model_validate({"contribution": {"likelihood": "hurdle_beta"}}))


@pytest.fixture(scope="module")
def fit(built):
    prior = checks.prior_draws(built, 2 * DRAWS, seed=1)
    halves = [
        prior.isel(draw=slice(k * DRAWS, (k + 1) * DRAWS)).assign_coords(chain=[k], draw=np.arange(DRAWS))
        for k in range(2)
    ]
    return Fit(built, xr.DataTree.from_dict({"posterior": xr.concat(halves, "chain")}))


@pytest.fixture
def draws(fit):
    return fit.draws["posterior"].to_dataset()


@pytest.fixture(params=[1, 7, 1000])
def at_once(request, monkeypatch, built):
    """Draws at once, so many that they are all of one piece or as few as one."""
    monkeypatch.setattr(evaluate, "MOST_CELLS", request.param * built.panel.sizes["row"])
    return request.param


def test_pieces_are_the_draws_in_their_order(built, draws, at_once):
    found = list(pieces(built, draws, {"p": built.potential}))
    assert max(len(one["p"]) for one in found) == min(at_once, 2 * DRAWS)
    quantity = {"potential": (built.potential, ("row",))}
    whole = evaluate.evaluate(built, draws, quantity, None)["potential"].values.reshape(2 * DRAWS, -1)
    np.testing.assert_array_equal(np.concatenate([one["p"] for one in found]), whole)
    mean = mean_over_draws(built, draws, built.potential)
    np.testing.assert_allclose(mean, whole.mean(0), rtol=1e-12)
    assert potential_step(built, draws) == pytest.approx(whole.mean(0).std(), rel=1e-12)


@pytest.mark.usefixtures("at_once")
def test_over_contribution_is_that_of_all_draws_at_once(built, fit, draws):
    found = over_contribution(fit, 20, own_effect=True)
    some = thinned(draws, 20)
    expected = evaluate.evaluate(built, some, {"e": (built.contribution.expected(), ("row",))})["e"].values
    outcome, design = built.design.outcome, built.design
    for k in range(found.sizes["cell"]):
        mine = (built.panel["row_state"].values == found["cell_state"].values[k]) & (
            built.panel["row_operation"].values == found["cell_operation"].values[k]
        )
        above = (outcome.share - expected)[..., mine].mean(-1)
        np.testing.assert_allclose(found["share_above_expected"].values[..., k], above, atol=1e-14)
        troops = (outcome.troops - expected * outcome.armed_forces)[..., mine].mean(-1)
        np.testing.assert_allclose(found["troops_above_expected"].values[..., k], troops, rtol=1e-10)
        assert found["years"].values[k] == mine.sum()
    assert found.sizes["cell"] == len(set(zip(design.state, design.operation, strict=True)))


def test_cells_average_the_rows_of_a_state_in_an_operation(built):
    cells = Cells(built)
    ones = np.ones((4, built.panel.sizes["row"]))
    np.testing.assert_allclose(cells.mean(ones), 1.0)
    assert cells.rows.sum() == built.panel.sizes["row"]
    assert cells.mean(ones).shape == (4, cells.rows.size)


def test_checks_judge_every_draw_and_a_large_panel_keeps_some(built, draws, monkeypatch):
    rows = built.panel.sizes["row"]
    whole = checks.replicate(built, draws, seed=4)
    assert whole.outcome.sizes == {"chain": 2, "draw": DRAWS, "row": rows}
    values = checks.statistics_of(built, whole.outcome.values.reshape(2 * DRAWS, rows).astype(float))
    for name, one in whole.statistics.items():
        np.testing.assert_allclose(one, values[name], rtol=1e-5, atol=1e-7)
    monkeypatch.setattr(checks, "KEPT_CELLS", 2 * 10 * rows)
    monkeypatch.setattr(checks, "CELLS_AT_ONCE", 9 * rows)
    monkeypatch.setattr(evaluate, "MOST_CELLS", 4 * rows)
    few = checks.replicate(built, draws, seed=4)
    assert few.outcome.sizes["draw"] == 10
    assert all(len(one) == 2 * DRAWS for one in few.statistics.values())
    flat = few.outcome.values.reshape(20, rows).mean(1)
    np.testing.assert_allclose(few.statistics["mean"].reshape(2, DRAWS)[:, ::3].ravel(), flat, rtol=1e-5)
    table = checks.posterior_check(built, few).table
    assert {"A", "B", "all rows"} <= set(table["rows"])


def test_a_share_too_small_for_what_is_kept_is_not_taken_for_none():
    values = xr.DataArray(np.array([[[0.0, 1e-200, 1e-40, 0.25]]]), dims=("chain", "draw", "row"))
    short = bare(values)["outcome"]
    assert short.dtype == np.float32
    assert (short.values > 0).tolist() == [[[False, True, True, True]]]
    assert float(short.max()) == 0.25


def test_the_same_seed_gives_the_same_outcomes_in_pieces_of_draws(built, draws, monkeypatch):
    whole = checks.replicate(built, draws, seed=4).outcome
    monkeypatch.setattr(evaluate, "MOST_CELLS", 3 * built.panel.sizes["row"])
    xr.testing.assert_equal(checks.replicate(built, draws, seed=4).outcome, whole)


@pytest.mark.parametrize("unit", ["row", "state"])
def test_importance_sampling_of_some_units_at_a_time_changes_no_score(fit, unit, monkeypatch):
    whole = predictive_score.loo(fit, unit)
    monkeypatch.setattr(predictive_score, "CELLS", 5 * 2 * DRAWS)
    some = predictive_score.loo(fit, unit)
    np.testing.assert_allclose(some["elpd"], whole["elpd"], rtol=1e-12)
    np.testing.assert_allclose(some["pareto_k"], whole["pareto_k"], rtol=1e-12)
