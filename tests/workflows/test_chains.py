"""Measurement alone: the same seed gives the same draws from the first run on, whose process compiles what later load."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

SCRIPT = """
import sys
import numpy as np
from models.joint import measurement
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.sampling.chains import sample_small
from workflows.judge.gate import gate
from workflows.spec.run import SamplingSpec

spec = ModelSpec.model_validate({"depth": {"items": "known"}})
size = Size(states=16, operations={"Alder": (2001, 2002)}, treaties=4, other_treaties=0)
model = measurement(simulate("gaussian", size, 4)[0], spec)
tree = sample_small(model, SamplingSpec(tune=500, draws=1000, seed=3))
verdict = gate(tree, [variable.name for variable in model.free_RVs])
assert verdict.passed, verdict.advice()
draws = tree["posterior"].to_dataset()
np.savez(sys.argv[1], **{str(name): draws[name].values for name in draws.data_vars})
"""


def test_the_second_process_loads_what_the_first_compiled_and_draws_the_same(tmp_path):
    flags = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path / 'compiled'}"}
    found = []
    for number in range(2):
        file = tmp_path / f"{number}.npz"
        subprocess.run([sys.executable, "-c", SCRIPT, str(file)], check=True, env={**os.environ, **flags})
        kept = {path.name for path in tmp_path.glob("compiled/*/xla-*/*-cache")}
        found.append((kept, np.load(file)))
    (first, one), (second, other) = found
    assert first
    assert first == second
    assert {"loading", "threshold", "treaty_depth"} <= set(one.files)
    for name in one.files:
        np.testing.assert_array_equal(one[name], other[name])
