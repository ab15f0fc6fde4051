"""K-fold through the fan-out: the scores of one process, each fold kept, nothing fitted twice."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from models.given import Given
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.estimands.checks import prior_draws
from workflows.run.run import Run
from workflows.series import kfold as module
from workflows.series.kfold import fold_of_rows, kfold, score_fold
from workflows.spec.run import RunSpec, SamplingSpec

TINY = Size(
    states=12, operations={"Alder": (2001, 2002), "Birch": (2003, 2003)}, treaties=4, other_treaties=0
)
SPEC = RunSpec(name="tiny", sampling=SamplingSpec(seed=3))


@pytest.fixture
def fits(monkeypatch):
    """A posterior that depends on what is left out, without sampling; the weights that were asked for."""
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "gaussian", "treaty_effects": False}})
    panel, truth = simulate(spec, TINY, 4)
    known = joint(panel, spec, Given(truth["treaty_depth"].to_numpy()))
    draws = prior_draws(known, 40, 1)
    seen: list[np.ndarray] = []

    def fit(weight):
        seen.append(weight)
        return draws.isel(draw=slice(int(weight.sum()) % 7, None))

    monkeypatch.setattr(module, "_program", lambda _: (known, fit))
    monkeypatch.setattr(module, "once", lambda task, make: make(task))
    monkeypatch.setattr(Run, "panel", panel)
    return known, fit, seen


@pytest.mark.parametrize(("unit", "count"), [("state", 4), ("operation", 2)])
def test_folds_are_those_of_one_process_and_are_kept(fits, tmp_path, unit, count):
    known, fit, seen = fits
    said = []
    found = kfold(SPEC, unit, 4, tmp_path, progress=lambda *p: said.append(p))
    assert said == [(k + 1, count) for k in range(count)]
    of_row = fold_of_rows(known, unit, 4, SPEC.sampling.seed)
    each = [score_fold(known, fit, unit, of_row == fold).assign(fold=fold) for fold in range(count)]
    expected = pd.concat(each).sort_values(["fold", "unit"], ignore_index=True)
    pd.testing.assert_frame_equal(found, expected)
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

    monkeypatch.setattr(module, "_program", lambda _: (known, sometimes))
    with pytest.raises(InputError, match=r"2 of 4 folds failed, .*no start found.*delete their lines"):
        kfold(SPEC, "state", 4, tmp_path)
    path = tmp_path / "tiny" / "kfold.jsonl"
    kept = [line for line in path.read_text().splitlines() if "error" not in json.loads(line)]
    assert len(kept) == 2
    path.write_text("\n".join(kept) + "\n")
    seen.clear()
    monkeypatch.setattr(module, "_program", lambda _: (known, fit))
    assert set(kfold(SPEC, "state", 4, tmp_path)["fold"]) == {0, 1, 2, 3}
    assert len(seen) == 2


def test_another_spec_or_another_unit_is_another_series(fits, tmp_path):
    _, _, seen = fits
    kfold(SPEC, "state", 4, tmp_path)
    kfold(SPEC, "state", 3, tmp_path)
    kfold(SPEC.model_copy(update={"sampling": SamplingSpec(seed=4)}), "state", 4, tmp_path)
    assert len(seen) == 4 + 3 + 4
    # More folds than states leave one state out at a time; folds say nothing about operations.
    seen.clear()
    kfold(SPEC, "state", 50, tmp_path)
    assert len(seen) == TINY.states
    seen.clear()
    kfold(SPEC, "operation", 4, tmp_path)
    kfold(SPEC, "operation", 5, tmp_path)
    assert len(seen) == 2


def test_states_whose_effects_move_are_refused_before_anything_is_fitted(fits, tmp_path):
    moving = {"contribution": {"state_dynamics": "ar1"}}
    with pytest.raises(InputError, match="state_dynamics"):
        kfold(SPEC.model_copy(update={"model": ModelSpec.model_validate(moving)}), "state", 4, tmp_path)
    assert fits[2] == []
