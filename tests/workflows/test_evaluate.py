"""Quantities are evaluated for many draws at once, and are those of each draw alone."""

from __future__ import annotations

import tempfile

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from pytensor.graph.replace import clone_replace

from models.given import BASELINE, Given
from models.joint import joint
from models.modes import PLAIN
from models.simulate import SMALL, simulate
from workflows.draws import evaluate as module
from workflows.draws.evaluate import evaluate
from workflows.estimands.checks import prior_draws
from workflows.estimands.effects import headline_quantities
from workflows.machine import blocks
from workflows.machine.repeated import Repeated


@pytest.fixture(scope="module")
def built():
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    return joint(panel, given=Given(truth["treaty_depth"].values))


@pytest.fixture(scope="module")
def draws(built) -> xr.Dataset:
    rng = np.random.default_rng(1)
    out = xr.Dataset(coords={"chain": [0, 1], "draw": np.arange(5)})
    for rv in built.model.free_RVs:
        shape = rv.eval(mode=PLAIN).shape
        dims = built.model.named_vars_to_dims.get(rv.name) or ()
        out[rv.name] = (("chain", "draw", *dims), np.abs(rng.normal(0.5, 0.2, (2, 5, *shape))))
    return out


def test_each_draw_has_the_value_that_it_has_alone(built, draws, monkeypatch):
    # Seven draws at once of ten: the last ones are fewer, and one block spans two chains.
    monkeypatch.setattr(module, "MOST_DRAWS", 7)
    wanted = headline_quantities(built, 0.2) | {"eta": (built.contribution.eta["size"], ("row",))}
    found = evaluate(built, draws, wanted)
    assert found["eta"].dims == ("chain", "draw", "row")
    assert found["headline_operation"].dims == ("chain", "draw", "operation")
    free = built.model.free_RVs
    inputs = [rv.type() for rv in free]
    tensors = clone_replace([t for t, _ in wanted.values()], dict(zip(free, inputs, strict=True)))
    alone = pytensor.function(inputs, tensors, mode=PLAIN, on_unused_input="ignore")
    for chain in range(2):
        for draw in range(5):
            one = draws.isel(chain=chain, draw=draw)
            for name, value in zip(wanted, alone(*(one[rv.name].values for rv in free)), strict=True):
                np.testing.assert_allclose(found[name].values[chain, draw], value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("long", [pytest.param(blocks.LONG, id="whole"), pytest.param(8, id="by blocks")])
def test_many_draws_of_many_rows_are_evaluated_in_machine_code_and_are_the_same(
    long, built, draws, monkeypatch, tmp_path
):
    monkeypatch.setattr(blocks, "BLOCK", 5)
    monkeypatch.setattr(blocks, "LONG", long)
    module._compiled.cache_clear()
    wanted = headline_quantities(built, 0.2) | {
        "eta": (built.contribution.eta["size"], ("row",)),
        "constant": (pt.constant(np.array([1.0, 2.0])), ("two",)),
    }
    want = evaluate(built, draws, wanted)
    monkeypatch.setattr(module, "WORTH_COMPILING", 10 * built.panel.sizes["row"])
    monkeypatch.setattr(module, "_vectorized", lambda *_: pytest.fail("was evaluated in NumPy"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = evaluate(built, draws, wanted)
    assert list(tmp_path.iterdir()) == []
    assert found.sizes == want.sizes
    for name in wanted:
        np.testing.assert_allclose(found[name], want[name], rtol=1e-9)


def test_machine_code_reads_the_data_that_a_model_holds_now(monkeypatch):
    panel, truth = simulate("hurdle_beta", SMALL, seed=3)
    model = joint(panel, given=Given(truth["treaty_depth"].values, {"baseline"}))
    point = pm.draw(model.model.free_RVs, random_seed=1, mode=PLAIN)
    draws = xr.Dataset(coords={"chain": [0], "draw": [0, 1]})
    for rv, value in zip(model.model.free_RVs, point, strict=True):
        dims = model.model.named_vars_to_dims.get(rv.name) or ()
        draws[rv.name] = (("chain", "draw", *dims), np.stack([value, value])[None])
    wanted = {"potential": (model.potential, ("row",))}
    found = {}
    for worth in (0, 10**12):
        monkeypatch.setattr(module, "WORTH_COMPILING", worth)
        for baseline in (-2.0, -1.0):
            model.model.set_data(BASELINE, [baseline])
            found[worth, baseline] = evaluate(model, draws, wanted)["potential"].values
    for baseline in (-2.0, -1.0):
        np.testing.assert_allclose(found[0, baseline], found[10**12, baseline], rtol=1e-9)
    assert np.ptp(found[0, -2.0] - found[0, -1.0]) > 0.01


def test_counts_of_rows_that_are_data_are_added_up_by_blocks_too(monkeypatch):
    panel, truth = simulate("zero_inflated_betabinomial", SMALL, seed=3)
    model = joint(panel, given=Given(truth["treaty_depth"].values, {"baseline", "weight", "scales"}))
    draws, found = prior_draws(model, 4, seed=4), {}
    change = model.contribution.expected(0.2) - model.contribution.expected()
    monkeypatch.setattr(blocks, "BLOCK", 7)
    monkeypatch.setattr(blocks, "LONG", 8)
    for worth in (0, 10**12):
        monkeypatch.setattr(module, "WORTH_COMPILING", worth)
        found[worth] = evaluate(model, draws, {"change": (change, ("row",))})["change"].values
    np.testing.assert_allclose(found[0], found[10**12], rtol=1e-9)


def test_draws_come_in_their_order_however_many_are_computed_at_a_time():
    x = pt.vector("x", shape=(2,))
    function = Repeated([x], [x * 2, x.sum()])
    asked = [np.array([k, 1.0]) for k in range(50)]
    found = list(function.each([value] for value in asked))
    assert [one[0].tolist() for one in found] == [(2 * value).tolist() for value in asked]
    assert [float(one[1]) for one in found] == [k + 1.0 for k in range(50)]
    assert list(function.each([])) == []


def test_other_threads_run_while_a_draw_is_computed():
    x = pt.scalar("x")
    assert Repeated([x], [x * 2])._code.targetoptions["nogil"]


def test_what_no_parameter_reaches_has_a_value_for_each_draw(built, draws):
    constant = pt.constant(np.array([1.0, 2.0, 3.0]))
    found = evaluate(built, draws, {"constant": (constant, ("three",))})["constant"]
    assert found.shape == (2, 5, 3)
    assert (found.values == [1.0, 2.0, 3.0]).all()


def test_no_more_draws_than_asked_for_are_evaluated(built, draws):
    found = evaluate(built, draws, {"potential": (built.potential, ("row",))}, most=4)
    assert found.sizes["draw"] == 2
