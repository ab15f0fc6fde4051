"""A fit that fails for divergences alone is begun again once, whole, with shorter steps; both tries are told."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from models.simulate import simulate
from tests.workflows.stub_sampler import put_aside
from tests.workflows.test_one_door import TINY, spec_of
from workflows.pages.sections import gate as gate_section
from workflows.run.run import Run
from workflows.sampling.restart import sampling_of_try, told
from workflows.spec.run import SamplingSpec

SHORT = {"tune": 20, "draws": 400}


@pytest.fixture(scope="module")
def panel():
    return simulate("hurdle_lognormal", TINY, 4)[0]


@pytest.fixture
def stub(monkeypatch, panel):
    """Draws of the prior, which mix perfectly; an effect that is one of the parameters."""
    monkeypatch.setattr("data.panel.build_panel", lambda *_, **__: panel)
    first = "share_slope_mean_raw"
    monkeypatch.setattr(
        Run,
        "reported",
        lambda _, fit: fit.draws["posterior"].to_dataset()[[first]].rename({first: "headline"}),
    )
    monkeypatch.setattr("workflows.judge.feedback.contradictions", lambda *_: [])
    return put_aside(monkeypatch)


def outcome_calls(stub):
    return [a for a in stub.asked if "contribution" in {p.name for p in a["model"].potentials}]


def once(first_seed_calls: int):
    """One divergence in each of the first calls for the outcome, none later."""
    left = [first_seed_calls]

    def diverges(asked):
        if "contribution" not in {p.name for p in asked["model"].potentials} or left[0] == 0:
            return 0
        left[0] -= 1
        return 1

    return diverges


@pytest.mark.parametrize("measurement", ["joint", "plug-in", "cut"])
def test_a_fit_with_divergences_and_no_other_fault_is_begun_again_as_a_whole(measurement, stub, tmp_path):
    stub.diverges = once(1)
    spec = spec_of(measurement, sampling=SHORT)
    run = Run(spec, tmp_path)
    passed, advice = (run.stage("gate").about[k] for k in ("passed", "advice"))
    if measurement != "cut":  # two imputations are judged by their Monte Carlo error too
        assert passed, advice
    calls = outcome_calls(stub)
    parts = 8 if measurement == "cut" else 4
    first, second = calls[:parts], calls[parts:]
    assert len(second) == parts  # every chain again, not the one that diverged
    assert {a["target_accept"] for a in first} == {0.9}
    assert {a["target_accept"] for a in second} == {0.975}
    assert not {a["seed"] for a in first} & {a["seed"] for a in second}
    tries = run.tries
    assert [one["divergences"] for one in tries] == [1, 0]
    assert [one["target_accept"] for one in tries] == [0.9, 0.975]
    assert int(run.fit.draws["sample_stats"]["diverging"].sum()) == 0
    if measurement == "cut":
        firsts, seconds = (
            {round(float(x), 12) for x in tree["posterior"]["treaty_depth"].values.ravel()}
            for tree in (parts_of(run, ""), parts_of(run, "restart/"))
        )
        assert firsts == seconds  # the same draws of depth: none is avoided


def parts_of(run, prefix):
    folders = sorted((run.store.folder / f"{prefix}imputations").glob("*/draws.nc"))
    trees = [xr.open_datatree(f, engine="h5netcdf") for f in folders]
    return xr.DataTree.from_dict(
        {"posterior": xr.concat([t["posterior"].to_dataset() for t in trees], "chain")}
    )


def test_a_second_failure_is_a_failure(stub, tmp_path):
    stub.diverges = once(8)
    run = Run(spec_of("plug-in", sampling=SHORT), tmp_path)
    assert not run.stage("gate").about["passed"]
    assert len(outcome_calls(stub)) == 8
    assert [one["divergences"] for one in run.tries] == [4, 4]


def test_a_fit_with_another_fault_is_not_begun_again(stub, tmp_path):
    stub.diverges = once(1)
    run = Run(spec_of("plug-in", sampling={"tune": 20, "draws": 100}), tmp_path)  # too few draws
    assert not run.stage("gate").about["passed"]
    assert len(outcome_calls(stub)) == 4
    assert len(run.tries) == 1


@pytest.mark.usefixtures("stub")
def test_a_fit_without_divergences_is_sampled_once(tmp_path):
    run = Run(spec_of("plug-in", sampling=SHORT), tmp_path)
    assert run.stage("gate").about["passed"]
    assert [one["divergences"] for one in run.tries] == [0]
    assert not (run.store.folder / "restart").exists()


def test_an_interrupted_second_try_goes_on_where_it_stopped(stub, tmp_path):
    spec = spec_of("plug-in", sampling=SHORT)
    stub.diverges = once(1)
    sample = stub.sample
    uncut = Run(spec, tmp_path / "uncut").fit.draws

    def stopped(compiled, **asked):
        if len(outcome_calls(stub)) == 6:
            raise KeyboardInterrupt
        return sample(compiled, **asked)

    stub.asked.clear()
    stub.diverges = once(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nutpie.sample", stopped)
        with pytest.raises(KeyboardInterrupt):
            _ = Run(spec, tmp_path).stage("posterior")
    kept = len(list((tmp_path / "tiny" / "restart" / "chains").glob("*/draws.nc")))
    assert len(list((tmp_path / "tiny" / "chains").glob("*/draws.nc"))) == 4
    stub.asked.clear()
    stub.diverges = lambda _: 0
    run = Run(spec, tmp_path)
    assert run.stage("posterior").about["resumed_parts"] == 4 + kept
    assert len(outcome_calls(stub)) == 4 - kept
    xr.testing.assert_equal(run.fit.draws["posterior"].to_dataset(), uncut["posterior"].to_dataset())
    stub.asked.clear()
    again = Run(spec, tmp_path)
    assert [one["divergences"] for one in again.tries] == [1, 0]
    assert stub.asked == []


def test_both_tries_stand_in_the_record_and_at_the_top_of_the_diagnostics(stub, tmp_path, monkeypatch):
    stub.diverges = once(1)
    run = Run(spec_of("plug-in", sampling=SHORT), tmp_path)
    _ = run.stage("gate")
    run._record(True)
    record = json.loads((tmp_path / "tiny" / "run.json").read_text())
    assert [one["divergences"] for one in record["tries"]] == [1, 0]
    monkeypatch.setattr(Run, "separate", None)
    monkeypatch.setattr("workflows.pages.sections.gate.with_separate", lambda checks, _: checks)
    run._found["figures"] = type("Stage", (), {"about": {"figures": []}})()
    block = gate_section.blocks(run)[0]
    assert block["kind"] == "text"
    said = block["text"]
    assert said == told(run.tries)
    assert "1 in 1,600 draws" in said
    assert "0.975" in said


def test_shorter_steps_keep_everything_else():
    first = SamplingSpec(target_accept=0.9, seed=4)
    second = sampling_of_try(first, 2)
    assert sampling_of_try(first, 1) is first
    changed = {k for k, v in second.model_dump().items() if v != getattr(first, k)}
    assert changed == {"target_accept", "seed"}
    assert 1 - second.target_accept == pytest.approx((1 - first.target_accept) / 4)
    assert sampling_of_try(first, 2) == second
    assert np.isfinite(second.seed)
