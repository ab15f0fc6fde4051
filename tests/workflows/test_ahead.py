"""A second process computes stages of a run, ends with it, and is never needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytensor.tensor as pt
import pytest

from workflows.native.aside import compiling, lent
from workflows.native.function import Function
from workflows.run.ahead import Ahead
from workflows.run.run import Run
from workflows.spec.run import RunSpec
from workflows.store.source import ROOT
from workflows.store.store import Store

SPEC = RunSpec.model_validate(
    {
        "name": "small",
        "panel": {"source": "bundled", "operations": ["ISAF"]},
        "model": {"depth": {"items": "known"}},
        "sampling": {"tune": 50, "draws": 100},
    }
)


def test_a_stage_of_the_helper_is_that_of_the_run(tmp_path):
    said = []

    class Said:
        stage = staticmethod(lambda name, state: said.append((name, state)))

    run = Run(SPEC, tmp_path, listener=Said())
    _ = run.stage("panel")
    helper = Ahead(SPEC, tmp_path, None)
    run.store.await_stage = helper.wait
    try:
        assert run.store.would_compute(lambda: run.stage("measurement"))
        assert helper.ask("measurement")
        key, stage = run.key("measurement"), run.stage("measurement")
    finally:
        helper.close()
    assert (stage.key, stage.cached, stage.within) == (key, False, True)
    assert run.alone.sizes["draw"] == 100
    # It came from the helper: this process was never asked to compute it.
    assert ("measurement", "computing") not in said
    assert not run.store.would_compute(lambda: Run(SPEC, tmp_path).stage("measurement"))
    assert helper.wait("measurement") is False


def test_a_helper_that_died_leaves_the_stage_to_the_run(tmp_path):
    run = Run(SPEC, tmp_path)
    _ = run.stage("panel")
    helper = Ahead(SPEC, tmp_path, None)
    assert helper.ask("measurement", "figures")
    os.kill(helper._process.pid, signal.SIGKILL)
    assert helper.wait("measurement") is True
    assert helper.wait("figures") is False
    # Memory was short, perhaps: none is started in its place.
    assert helper.ask("figures") is False
    assert run.store.would_compute(lambda: run.stage("measurement"))


def test_a_helper_that_cannot_be_started_is_not_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    helper = Ahead(SPEC, tmp_path, None)
    assert helper.ask("measurement") is False
    assert helper.wait("measurement") is False


@pytest.mark.parametrize("dies", [False, True])
def test_the_helper_compiles_what_it_is_handed(tmp_path, dies):
    x = pt.vector("x", shape=(4,))
    # Found on disk, were it the function of another test.
    own = Function([(x * float(time.time_ns())).sum()], [x], [(4,)], [], gradient=True)
    helper = Ahead(SPEC, tmp_path, None)
    try:
        with lent(helper), compiling([own]):
            assert own.kept() is None
            if dies:
                os.kill(helper._process.pid, signal.SIGKILL)
    finally:
        helper.close()
    assert (own.kept() is None) == dies
    assert own.compiled() is not None


def test_what_is_done_is_known_as_asked_for_whatever_is_waited_for_first(tmp_path):
    x = pt.vector("x", shape=(4,))
    own = Function([(x * float(time.time_ns())).sum()], [x], [(4,)], [], gradient=True)
    helper = Ahead(SPEC, tmp_path, None)
    try:
        assert helper.ask("no such stage")
        before = helper._process.pid
        with lent(helper), compiling([own]):
            pass
        # A process that compiled gives its memory back.
        assert helper._process.pid != before
        assert own.kept() is not None
        assert helper.wait("no such stage") is True
        assert helper.wait("no such stage") is False
    finally:
        helper.close()


def test_looking_for_a_stage_computes_none(tmp_path):
    store, computed = Store(tmp_path / "run"), []

    def ask():
        return store.stage("one", {}, lambda folder: computed.append(folder), ("workflows.run.ahead",))

    assert store.would_compute(ask)
    assert not computed
    ask()
    assert not store.would_compute(ask)
    assert len(computed) == 1


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_helper_ends_with_the_run(tmp_path, end):
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from workflows.run.ahead import Ahead\n"
        "from workflows.spec.run import load_spec\n"
        "helper = Ahead(load_spec('bundled'), Path(sys.argv[1]), None)\n"
        "helper.ask('measurement')\n"
        "print(helper._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        child = Path("/proc") / process.stdout.readline().strip()
        assert child.exists() or not Path("/proc").exists()
        time.sleep(1)
        process.send_signal(end)
        process.wait(10)
    deadline = time.monotonic() + 60
    while child.exists() and "Z" not in (child / "stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the helper is still at work"
        time.sleep(0.1)


def test_a_panel_that_two_processes_could_not_hold_has_no_helper(tmp_path, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(Ahead, "ask", lambda _, *stages: bool(asked.extend(stages)))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    run = Run(SPEC, tmp_path)
    rows = run.panel.sizes["row"]
    for most in (rows, rows - 1):
        monkeypatch.setattr("workflows.run.run.MOST_ROWS_TWICE", most)
        with run._helper():
            run._ahead("measurement")
    assert asked == ["measurement"]
