"""The validity checks and the stored calibration: they pass where they should and fail where they must."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflows.depth.sbc import KEPT, calibrate, verdict

STORED = Path(__file__).resolve().parents[2] / "benchmarks" / "calibration"


@pytest.mark.parametrize(("model", "least"), [("factor", 500), ("graded", 200)])
def test_stored_calibration_has_enough_simulations_and_lies_inside_the_bands(model, least):
    ranks = pd.read_csv(STORED / model / "ranks.csv")
    record = json.loads((STORED / model / "verdict.json").read_text())
    assert len(ranks) >= least
    assert record["passed"]
    assert record["seed"]
    assert verdict(ranks)["inside"].all()
    quantities = {column.split("[")[0] for column in ranks if "[" in column}
    assert quantities == {"loading", "score", "uniqueness" if model == "factor" else "threshold"}


def test_ranks_of_a_biased_sampler_are_found_outside_the_bands():
    ranks = pd.read_csv(STORED / "factor" / "ranks.csv")
    ranks["loading[bases]"] = (ranks["loading[bases]"] * 0.9).astype(int)
    table = verdict(ranks).set_index("quantity")
    assert not table.loc["loading[bases]", "inside"]
    assert table.drop(index="loading[bases]")["inside"].all()


def test_uniform_ranks_lie_inside_the_bands():
    rng = np.random.default_rng(3)
    ranks = pd.DataFrame(rng.integers(0, KEPT + 1, (300, 4)), columns=[f"loading[{i}]" for i in range(4)])
    assert verdict(ranks)["inside"].all()


@pytest.mark.slow
def test_calibration_is_repeated_by_its_seed():
    stored = pd.read_csv(STORED / "factor" / "ranks.csv").iloc[:3]
    seed = json.loads((STORED / "factor" / "verdict.json").read_text())["seed"]
    again = calibrate("factor", 3, seed)
    columns = [c for c in stored if "[" in c]
    # Ranks may move by a few places between machines, never by many.
    assert (again[columns] - stored[columns]).abs().max().max() <= 25


@pytest.mark.slow
@pytest.mark.nightly
def test_checks_pass_on_a_true_model_and_fail_on_data_without_structure():
    from workflows.depth.checks import agreement, falsify, item_fit, predictive
    from workflows.depth.measure import MeasureSpec, fit_table

    rng = np.random.default_rng(4)
    depth = rng.standard_normal((400, 1))
    latent = depth * np.array([1.5, 1.2, 1.0, 0.8, 0.7]) + rng.standard_normal((400, 5))
    names = ["bases", "military_aid", "integrated_command", "organisation", "secrecy"]
    table = pd.DataFrame((latent > 1.0).astype(float), columns=names)
    table.insert(0, "atopid", np.arange(400))
    spec = MeasureSpec(model="graded", draws=1000)
    fitted = fit_table(spec, table)
    assert predictive(fitted).passed
    assert item_fit(fitted).passed
    assert falsify(fitted, repeats=1).passed
    assert agreement(fitted, fit_table(spec.model_copy(update={"model": "factor"}), table)).passed
    noise = table.copy()
    noise[names] = (rng.random((400, 5)) < 0.3).astype(float)
    assert not falsify(fit_table(spec, noise), repeats=1).passed
