"""The same seed gives the same draws from the first run on, whose process compiles what later ones load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import nutpie
import pymc as pm
import pytensor
import pytest

from workflows.native import program
from workflows.native.function import Function
from workflows.native.program import compiled

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
import numpy as np
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.sample import sample

flags = ("treaty_effects", "state_effects", "operation_year_effects", "slope_varies")
outcome = {"likelihood": "gaussian", **dict.fromkeys(flags, False)}
spec = ModelSpec.model_validate({"contribution": outcome, "depth": {"items": "known"}})
size = Size(states=16, operations={"Alder": (2001, 2002)}, treaties=4, other_treaties=0)
fit = sample(joint(simulate(spec, size, 4)[0], spec), chains=2, tune=200, draws=200, seed=3)
draws = fit.draws["posterior"].to_dataset()
np.savez(sys.argv[1], **{str(name): draws[name].values for name in draws.data_vars})
"""


def test_every_model_is_compiled_without_licence_to_rearrange(monkeypatch):
    seen, graph_of = [], Function._graph
    monkeypatch.setattr(
        Function, "_graph", lambda own: seen.append(pytensor.config.numba__fastmath) or graph_of(own)
    )
    monkeypatch.setattr(Function, "kept", lambda _: None)
    before = pytensor.config.numba__fastmath
    with pm.Model() as model:
        pm.Normal("x")
    compiled(model)
    assert seen == [False, False], "the density, and what is written down of a point"
    assert pytensor.config.numba__fastmath == before
    calls = [
        path.name for path in (ROOT / "workflows").rglob("*.py") if "compile_pymc_model" in path.read_text()
    ]
    assert calls == []


def test_the_model_compiled_last_is_not_compiled_again_but_takes_its_data_of_now(monkeypatch):
    calls, build = [], program._program
    monkeypatch.setattr(program, "_program", lambda model: calls.append(model) or build(model))
    with pm.Model(coords={"group": range(3)}) as model:
        centre = pm.Data("centre", np.zeros(3), dims="group")
        pm.Normal("x", centre, 0.01, dims="group")
    few = {"chains": 1, "tune": 200, "draws": 200, "seed": 1, "progress_bar": False}
    means = []
    for value in (0.0, 5.0):
        model.set_data("centre", np.full(3, value))
        tree = nutpie.sample(compiled(model), **few)
        means.append(float(tree["posterior"]["x"].mean()))
    assert len(calls) == 1
    np.testing.assert_allclose(means, [0.0, 5.0], atol=0.05)
    with pm.Model() as other:
        pm.Normal("x")
    compiled(other)
    assert len(calls) == 2


@pytest.mark.slow
def test_first_and_second_run_from_an_empty_compiler_cache_have_equal_draws(tmp_path):
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={tmp_path / 'cache'}"}
    environment["PYTHONPATH"] = str(ROOT)
    runs = []
    for name in ("first", "second"):
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / name)]
        subprocess.run(command, env=environment, check=True, cwd=tmp_path)
        runs.append(np.load(tmp_path / f"{name}.npz"))
        assert len(list((tmp_path / "cache" / "numba").glob("*.nbc"))) > 20
    first, second = runs
    assert set(first.files) == set(second.files)
    for quantity in first.files:
        np.testing.assert_array_equal(first[quantity], second[quantity])
