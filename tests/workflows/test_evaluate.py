"""Quantities are evaluated for many draws at once, and are those of each draw alone."""

from __future__ import annotations

import tempfile

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from pytensor.graph.replace import clone_replace

from models.given import Given
from models.joint import joint
from models.modes import PLAIN
from models.simulate import SMALL, simulate
from workflows.draws import evaluate as module
from workflows.draws.evaluate import evaluate
from workflows.estimands.effects import headline_quantities


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


def test_many_draws_of_many_rows_are_evaluated_in_machine_code_and_are_the_same(
    built, draws, monkeypatch, tmp_path
):
    wanted = {
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


def test_what_no_parameter_reaches_has_a_value_for_each_draw(built, draws):
    constant = pt.constant(np.array([1.0, 2.0, 3.0]))
    found = evaluate(built, draws, {"constant": (constant, ("three",))})["constant"]
    assert found.shape == (2, 5, 3)
    assert (found.values == [1.0, 2.0, 3.0]).all()


def test_no_more_draws_than_asked_for_are_evaluated(built, draws):
    found = evaluate(built, draws, {"potential": (built.potential, ("row",))}, most=4)
    assert found.sizes["draw"] == 2
