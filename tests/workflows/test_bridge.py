"""The bridge, walked: rungs kept, resumed, and the same on every walk."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.estimands.headline import linear_headline
from workflows.published import engines
from workflows.published.study import load_study
from workflows.published.twins import LOGGED, study_design, twin_of, twin_table
from workflows.run.listener import Listener
from workflows.series.bridge.bridge import Bridge
from workflows.series.bridge.fan_out import _alike, _samplings, prepare, sample_one, sample_rungs
from workflows.series.bridge.outcome import carry_out
from workflows.series.bridge.rungs import rungs
from workflows.series.bridge.table import bridge_table
from workflows.spec.bridge import BridgeSpec
from workflows.spec.run import SamplingSpec, load_spec
from workflows.store.store import Store

JOINT = ("likelihood", "states", "years", "treaties", "within-between", "measurement", "operations")


def _study_only():
    """The published side of the bridge, in which nothing is sampled."""
    spec = load_spec("gannon-kent")
    ids = [rung.id for rung in rungs(spec, BridgeSpec(), data=True, operations=False) if rung.kind != "study"]
    return spec.model_copy(update={"bridge": BridgeSpec(leave_out=tuple(ids), poast=False, twins=())})


def test_the_published_side_starts_at_print_and_moves_by_named_corrections(shared_data, tmp_path):
    table = bridge_table(Bridge(_study_only(), tmp_path, shared_data)).set_index("id")
    assert table.loc["published", "headline"] == pytest.approx(linear_headline(0.005, 0.35))
    assert table.loc["clustered", "moved"] == pytest.approx(0, abs=1e-6)
    assert table.loc["depth_orientation", "cause"] == "depth turned the right way round"
    assert table.loc["corrected", "cause"] == ""
    assert table.loc["gdp_join", "rows"] > table.loc["replicated", "rows"]
    assert table["passed"].isna().all()


def test_the_shared_rows_and_the_specs_predictors_are_the_same_rows(shared_data, tmp_path, monkeypatch):
    """Samples change on rungs of their own: laid out without sampling, depth given."""
    bridge = Bridge(load_spec("gannon-kent"), tmp_path, shared_data)
    treaties = int(bridge.panel["in_force"].values.any(0).sum())
    monkeypatch.setattr(type(bridge.measured), "plug_in_depth", np.linspace(-1, 1, treaties))
    sizes = {name: len(bridge.linear_design(bridge.tree[name])[0]) for name in ("twin", "rows", "predictors")}
    assert sizes["twin"] > sizes["rows"] == sizes["predictors"]
    for name in ("sample", "depth"):
        y, x, head, step, states = bridge.linear_design(bridge.tree[name])
        assert len(y) == len(x) == bridge.panel.sizes["row"]
        assert head == "potential"
        assert states == bridge.panel.sizes["state"]
    assert bridge.steps["within_step"] < bridge.steps["step"]


def test_fixed_effects_have_a_twin_with_a_column_for_each_state(shared_data):
    study = load_study("gannon-kent")
    rows = study.rows(study.read(shared_data))
    model = next(m for m in study.models if m.estimator == "fixed_effects")
    laid, terms = study_design(study, model, rows)
    states = laid.groups["ccode"].nunique()
    assert laid.x.shape == (1774, len(terms) + states)
    assert twin_of(study, model, rows).is_twin


def test_what_has_no_likelihood_is_labelled_not_a_twin(shared_data):
    study = load_study("henke-2017-table-2")
    rows = study.rows(study.read(shared_data))
    kinds = {m.estimator: twin_of(study, m, rows).kind for m in study.models}
    assert kinds["logit"] == "twin"
    assert kinds["zero_inflated_poisson"] == LOGGED
    assert (
        twin_of(study, study.models[0].model_copy(update={"estimator": "gee", "options": {}}), rows).kind
        == engines.get("gee").no_twin
    )


@pytest.mark.slow
def test_twins_agree_with_least_squares_within_monte_carlo_error(shared_data, tmp_path):
    """Every coefficient of the four models, fixed effects included."""
    study = load_study("gannon-kent")
    sampling = SamplingSpec(tune=500, draws=1000)
    store = Store(tmp_path)
    table = twin_table(store, [(study, study.read(shared_data))], sampling)
    assert table["passed"].all()
    # The command prints what the gate of each says.
    assert [stage.about["passed"] for stage in store.stages] == [True] * len(study.models)
    assert len(table) == 24
    # 24 differences of about unit normal size: four is beyond what chance gives.
    assert table["difference_in_mcse"].abs().max() < 4
    width = (table["upper"] - table["lower"]) / (table["estimate_upper"] - table["estimate_lower"])
    assert width.between(0.93, 1.1).all()


@pytest.mark.slow
@pytest.mark.nightly
def test_a_bridge_resumes_where_it_was_stopped_and_is_the_same_again(tmp_path):
    spec = load_spec("bundled")
    settings = BridgeSpec(
        operations=("ISAF",), leave_out=tuple(n for n in JOINT if n not in ("likelihood", "states"))
    )
    spec = spec.model_copy(update={"bridge": settings})
    calls: list[tuple[str, str]] = []

    class Stopper(Listener):
        def __init__(self, after):
            self.after = after

        def stage(self, name, state):
            calls.append((name, state))
            if self.after and name == self.after:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(spec, tmp_path, None, Stopper("states: posterior"), chains=2, draws=200)
    calls.clear()
    first = carry_out(spec, tmp_path, None, Stopper(None), chains=2, draws=200)
    states = {name: state for name, state in calls if name != "states: measurement"}
    assert states["likelihood: posterior"] == "cached"
    assert states["states: posterior"] == "computing"
    calls.clear()
    second = carry_out(spec, tmp_path, None, Stopper(None), chains=2, draws=200)
    assert {state for _, state in calls} == {"cached"}
    pd.testing.assert_frame_equal(first.table, second.table)
    for name in ("bridge.html", "bridge.csv", "bridge.png", "bridge.json"):
        assert (first.folder / name).stat().st_size > 0
    assert json.loads((first.folder / "bridge.json").read_text())["failed"] == first.failed
    # Two processes elsewhere find the same.
    third = carry_out(spec, tmp_path / "elsewhere", None, Stopper(None), chains=2, draws=200, workers=2)
    pd.testing.assert_frame_equal(
        first.table.drop(columns="seconds"), third.table.drop(columns="seconds"), check_exact=False
    )


def test_a_worker_with_other_data_or_code_refuses_rather_than_waits(tmp_path):
    bridge = Bridge(load_spec("bundled"), tmp_path)
    rung = next(rung.id for rung in bridge.tree.values() if rung.kind == "joint")
    task = {
        "spec": bridge.spec.model_dump(mode="json"),
        "out": str(tmp_path),
        "data": None,
        "chains": 2,
        "draws": 200,
        "run": rung,
        "alike": {**_alike(bridge), "data": "another digest"},
    }
    with pytest.raises(InputError, match="other data than where the command runs"):
        sample_one(task)


@pytest.mark.parametrize("spec", ["bundled", "gannon-kent"])
def test_no_task_waits_for_what_the_command_holds(tmp_path, monkeypatch, request, spec):
    data = None if spec == "bundled" else request.getfixturevalue("shared_data")
    bridge = Bridge(load_spec(spec), tmp_path, data)
    task = {
        "spec": bridge.spec.model_dump(mode="json"),
        "out": str(tmp_path),
        "data": str(data) if data else None,
        "chains": None,
        "draws": None,
        "alike": _alike(bridge),
    }
    reached, ended = [], []

    def compute(_, name, *__):
        reached.append(name)
        raise RuntimeError("under way")

    def work(run):
        with pytest.raises(RuntimeError, match="under way"):
            sample_one({**task, "run": run})
        ended.append(run)

    with bridge.store.lock():
        prepare(bridge)
        monkeypatch.setattr(Store, "_compute", compute)
        for run in _samplings(bridge):
            worker = threading.Thread(target=work, args=(run,), daemon=True)
            worker.start()
            worker.join(timeout=120)
            assert run in ended, f"{run} waits"
    assert set(reached) == {"posterior"}


def test_one_rung_that_fails_stops_no_other(tmp_path, monkeypatch):
    """What a rung does is put aside here; the walk with real rungs is a slow test."""
    bridge = Bridge(load_spec("bundled"), tmp_path)
    joint = [rung.id for rung in bridge.tree.values() if rung.kind == "joint"]
    said, asked = [], []
    monkeypatch.setattr(bridge.listener, "say", said.append)
    monkeypatch.setattr(type(bridge.measured), "stage", lambda *_: None)

    class Sampled:
        passed = True
        about = {"passed": True}  # noqa: RUF012

    def run(_, rung):
        asked.append(rung.id)
        if rung.id == joint[1]:
            raise RuntimeError("the worker fell over")
        return Sampled()

    monkeypatch.setattr(Bridge, "joint_run", run)
    monkeypatch.setattr(Bridge, "linear_stage", lambda *_: Sampled())
    sample_rungs(bridge, tmp_path, {"chains": 2, "draws": 200}, 1, "local")
    assert sorted(asked) == sorted(joint)
    assert f"{joint[1]}: RuntimeError: the worker fell over" in said
    assert f"{joint[0]}: gate passed" in said
    assert not list(bridge.store.folder.glob("*.jsonl"))


def test_a_folder_that_is_not_there_is_one_line_of_bad_input():
    from workflows.cli import app

    found = CliRunner().invoke(app, ["bridge", "gannon-kent", "--data", str(Path("no") / "such")])
    assert isinstance(found.exception, InputError)
    assert "no such folder" in str(found.exception)


def test_all_that_a_bridge_samples_are_tasks_the_longest_first_beside_what_is_small(tmp_path, shared_data):
    bridge = Bridge(load_spec("gannon-kent"), tmp_path, shared_data)
    sampled = [rung.id for rung in bridge.tree.values() if rung.is_sampled]
    test = ["poast-none", "poast-record", "poast-states", "poast-both"]
    tasks = list(_samplings(bridge))
    assert set(tasks) == {*sampled, *test, *bridge.twins}
    assert tasks[:2] == ["operations", next(iter(bridge.twins))]
    assert [t for t in tasks if t in JOINT] == [t for t in reversed(bridge.tree) if t in JOINT]
    assert len(bridge.twins) == len(bridge.study.models)
    bridge.settings = bridge.settings.model_copy(update={"poast": False})
    assert set(_samplings(bridge)) == {*sampled, *bridge.twins}
