"""Calibration simulates from the model that it fits, ranks what it says, and can tell a wrong model."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from data.common.errors import InputError
from data.panel import build_panel
from models.joint import joint
from models.likelihoods import get
from models.spec import ModelSpec
from workflows.judge.bands import pit
from workflows.sampling.exchangeable import Exchangeable
from workflows.series.calibrate import KEPT, calibrate, judge
from workflows.spec.run import RunSpec

#: Without state effects, which one program for all worlds samples in another geometry.
GAUSSIAN = {
    "depth": {"items": "known"},
    "contribution": {"likelihood": "gaussian", "treaty_effects": False, "state_effects": False},
}


@pytest.fixture(scope="module")
def panel():
    return build_panel("bundled")


@pytest.fixture(scope="module")
def exchangeable(panel):
    return Exchangeable(panel, ModelSpec.model_validate(GAUSSIAN))


def test_with_the_panels_own_data_it_is_the_joint_model(panel, exchangeable):
    built = joint(panel, ModelSpec.model_validate(GAUSSIAN)).model
    ours = exchangeable.joint.model
    answers = exchangeable.treaties.data(exchangeable.treaties.coding.category)
    exchangeable.joint.with_data(**answers, **{name: panel[name].values for name in ("troops", "share")})
    rng = np.random.default_rng(2)
    point = {k: v + 0.1 * rng.standard_normal(np.shape(v)) for k, v in built.initial_point().items()}
    assert set(point) == set(ours.initial_point())
    both = [m.compile_logp(mode="FAST_COMPILE")(point) for m in (built, ours)]
    assert both[1] == pytest.approx(both[0], rel=1e-9)


def test_worlds_follow_from_their_number_and_keep_the_panels_gaps(exchangeable):
    one, same, other = (exchangeable.world(np.random.default_rng([7, k])) for k in (0, 0, 1))
    assert np.array_equal(one.data["share"], same.data["share"])
    assert not np.array_equal(one.data["share"], other.data["share"])
    treaties = exchangeable.treaties
    assert one.data["answer_below"].size == int((treaties.coded(treaties.own).category >= 0).sum())
    assert float(one.truth["treaty_depth"].values.std()) > 0


@pytest.mark.parametrize(
    ("likelihood", "share", "held"),
    [
        ("hurdle_beta", [0.0, 0.1, 0.2], True),
        ("hurdle_beta", [0.0, 1e-305, 0.2], False),
        # A force sent whole but for less than half a soldier.
        ("hurdle_beta", [0.0, 0.1, 0.9999], False),
        ("gaussian", [-0.1, 1e-305, 1.0], True),
        ("gaussian", [-0.1, np.inf, 1.0], False),
    ],
)
def test_a_share_that_no_number_can_hold_is_seen(likelihood, share, held):
    part = SimpleNamespace(likelihood=get(likelihood), armed_forces=np.full(3, 1000.0))
    world = SimpleNamespace(joint=SimpleNamespace(contribution=part))
    assert Exchangeable._written_down(world, np.array(share)) is held


def test_a_world_that_cannot_be_written_down_is_drawn_again(exchangeable, monkeypatch):
    verdicts = iter([False, False, True])
    monkeypatch.setattr(exchangeable, "_written_down", lambda _: next(verdicts))
    found, rng = exchangeable.world(np.random.default_rng([7, 0])), np.random.default_rng([7, 0])
    third = [exchangeable._world(rng) for _ in range(3)][-1]
    assert np.array_equal(found.data["share"], third.data["share"])
    monkeypatch.setattr(exchangeable, "_written_down", lambda _: False)
    monkeypatch.setattr("workflows.sampling.exchangeable.MOST_WORLDS", 2)
    with pytest.raises(InputError, match="2 worlds of the prior"):
        exchangeable.world(np.random.default_rng([7, 0]))


def _results(bend: float, simulations: int = 120) -> list[dict]:
    """Simulations whose ranks are uniform, or pile up at one end by `bend`."""
    rng = np.random.default_rng(3)
    about = {
        "divergences": 0,
        "max_r_hat": 1.0,
        "min_ess": 90.0,
        "zeros": 0.9,
        "cpu_seconds": 1,
        "peak_megabytes": 1,
    }
    return [
        {
            **about,
            "ranks": {"slope": int(rng.integers(0, KEPT + 1)), "depth": int(KEPT * rng.random() ** bend)},
        }
        for _ in range(simulations)
    ]


def test_uniform_ranks_pass_and_bent_ranks_fail_by_name():
    assert judge(_results(1.0))["passed"]
    verdict = judge(_results(2.5))
    assert not verdict["passed"]
    assert list(verdict["outside"]) == ["depth"]


def test_ranks_are_spread_over_their_step():
    values = pit({"slope": [result["ranks"]["slope"] for result in _results(1.0)]}, KEPT)["slope"]
    assert ((values >= 0) & (values <= 1)).all()
    assert len(np.unique(values)) == values.size


def test_a_handful_of_simulations_is_not_judged():
    assert not judge(_results(1.0, 5))["passed"]


SMALL = {
    "name": "smoke",
    "panel": {"source": "bundled", "operations": ["ISAF"]},
    "model": {
        "depth": {"items": "known"},
        "contribution": {"likelihood": "gaussian", "treaty_effects": False},
    },
}


def _alone(function: Callable, *arguments: Any) -> Any:
    """Call a function in a process of its own: a peak of memory is that of a process, whatever it did before.

    A process that is started inherits the peak of the one that starts it; one forked from a small server does not.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
        return pool.submit(function, *arguments).result()


@pytest.mark.slow
def test_a_smoke_of_twenty_is_calibrated_and_goes_on_in_pieces(tmp_path):
    spec = RunSpec.model_validate(SMALL)
    first = _alone(calibrate, spec, 12, tmp_path)
    lines = (tmp_path / "smoke" / "calibration" / "simulations.jsonl").read_text().splitlines()
    assert len(lines) == 12
    verdict = _alone(calibrate, spec, 20, tmp_path)
    again = (tmp_path / "smoke" / "calibration" / "simulations.jsonl").read_text().splitlines()
    assert again[:12] == lines
    assert len(again) == 20
    assert verdict["errors"] == []
    assert verdict["passed"], verdict["outside"]
    assert verdict["peak_megabytes"] < 2000
    assert json.loads((tmp_path / "smoke" / "calibration" / "verdict.json").read_text())["simulations"] == 20
    assert first["quantities"] == verdict["quantities"]
