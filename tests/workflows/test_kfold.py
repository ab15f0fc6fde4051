"""K-fold through the fan-out: the scores of one process, each fold kept, nothing fitted twice."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows import kfold as module
from workflows.checks import prior_draws
from workflows.kfold import kfold
from workflows.predictive_score import held_out
from workflows.run import Run
from workflows.spec import RunSpec, SamplingSpec

TINY = Size(
    states=12, operations={"Alder": (2001, 2002), "Birch": (2003, 2003)}, treaties=4, other_treaties=0
)
SPEC = RunSpec(name="tiny", sampling=SamplingSpec(seed=3))


@pytest.fixture
def fits(monkeypatch):
    """A posterior that depends on what is left out, without sampling; the weights that were asked for."""
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "gaussian", "treaty_effects": False}})
    panel, truth = simulate(spec, TINY, 4)
    known = joint(panel, spec, depth=truth["treaty_depth"].to_numpy())
    draws = prior_draws(known, 40, 1)
    seen: list[np.ndarray] = []

    def fit(weight):
        seen.append(weight)
        return draws.isel(draw=slice(int(weight.sum()) % 7, None))

    monkeypatch.setattr(module, "_program", lambda task: (known, fit))
    monkeypatch.setattr(Run, "panel", panel)
    return known, fit, seen


@pytest.mark.parametrize(("unit", "count"), [("state", 4), ("operation", 2)])
def test_folds_are_those_of_one_process_and_are_kept(fits, tmp_path, unit, count):
    known, fit, seen = fits
    said = []
    found = kfold(SPEC, unit, 4, tmp_path, progress=lambda *p: said.append(p))
    assert said == [(k + 1, count) for k in range(count)]
    expected = held_out(known, fit, unit, 4, SPEC.sampling.seed).sort_values(["fold", "unit"])
    pd.testing.assert_frame_equal(found, expected[["unit", "elpd", "fold"]].reset_index(drop=True))
    seen.clear()
    pd.testing.assert_frame_equal(kfold(SPEC, unit, 4, tmp_path), found)
    assert seen == []
    kept = tmp_path / "tiny" / "kfold.jsonl"
    lines = kept.read_text().splitlines()
    kept.write_text("\n".join(lines[:-1]) + "\n")
    pd.testing.assert_frame_equal(kfold(SPEC, unit, 4, tmp_path), found)
    assert len(seen) == 1


def test_a_fold_that_cannot_be_fitted_is_named_and_the_others_are_kept(fits, tmp_path, monkeypatch):
    known, fit, seen = fits

    def sometimes(weight):
        if len(seen) == 2:
            raise RuntimeError("no start found")
        return fit(weight)

    monkeypatch.setattr(module, "_program", lambda task: (known, sometimes))
    with pytest.raises(InputError, match="no start found"):
        kfold(SPEC, "state", 4, tmp_path)
    kept = [json.loads(line) for line in (tmp_path / "tiny" / "kfold.jsonl").read_text().splitlines()]
    assert [("error" in r) for r in kept][:2] == [False, False]


def test_another_spec_or_another_unit_is_another_series(fits, tmp_path):
    _, _, seen = fits
    kfold(SPEC, "state", 4, tmp_path)
    kfold(SPEC, "state", 3, tmp_path)
    kfold(SPEC.model_copy(update={"sampling": SamplingSpec(seed=4)}), "state", 4, tmp_path)
    assert len(seen) == 4 + 3 + 4
