"""Parameters of simulated panels are recovered: intervals cover the truth as often as they say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.recovery.recovery import LEVEL, SEED, replicate
from benchmarks.recovery.repeated import Repeated, resumed
from models.simulate import SMALL, Size
from models.spec import ModelSpec

FAST = ("gaussian", "bernoulli", "hurdle_beta", "hurdle_lognormal")


def _spec(name: str, **contribution) -> ModelSpec:
    return ModelSpec.model_validate({"contribution": {"likelihood": name, **contribution}})


def test_a_few_small_panels_are_recovered():
    plain = {"treaty_effects": False, "operation_year_effects": False, "slope_varies": False}
    repeated = Repeated(_spec("gaussian", **plain), SMALL, SEED)
    results = [replicate(repeated, task, tune=300, draws=300) for task in range(4)]
    hits = "".join("".join(result["covered"].values()) for result in results)
    # 50 parameters in each of four panels, most of them effects of 40 states.
    assert np.mean([int(hit) for hit in hits]) > 0.8
    assert sum(result["divergences"] for result in results) < 10
    assert max(abs(z) for result in results for z in result["z"].values()) < 4.5


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("name", FAST)
def test_intervals_of_every_parameter_cover_within_binomial_bounds(name):
    replicates = 50
    repeated = Repeated(_spec(name), Size(other_treaties=0), SEED)
    results = [replicate(repeated, task) for task in range(replicates)]
    hits = {
        variable: np.sum([[int(c) for c in result["covered"][variable]] for result in results], axis=0)
        for variable in results[0]["covered"]
    }
    parameters = sum(counts.size for counts in hits.values())
    low = binom.ppf(0.005 / parameters, replicates, LEVEL)
    short = {variable: int(counts.min()) for variable, counts in hits.items() if counts.min() < low}
    assert not short


def test_an_interrupted_series_goes_on_where_it_stopped(tmp_path):
    path, calls = tmp_path / "series.jsonl", []

    def one(task: int) -> dict:
        calls.append(task)
        return {"square": task**2}

    assert len(list(resumed(path, 2, one))) == 2
    path.write_text(path.read_text() + '{"task": 2, "squ')  # interrupted while writing
    results = list(resumed(path, 4, one))
    assert [result["square"] for result in results] == [0, 1, 4, 9]
    assert calls == [0, 1, 2, 3]
    assert [json.loads(line)["task"] for line in path.read_text().splitlines()] == [0, 1, 2, 3]
