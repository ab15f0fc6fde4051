"""Artefacts are whole, current and nobody else's: whatever is found on disk can be trusted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.common.errors import InputError
from workflows.run.record import describe
from workflows.spec.run import load_spec
from workflows.store import store
from workflows.store.source import ROOT
from workflows.store.store import Store, digest, write_json

CODE = ("workflows.store.store",)


def _counting(calls: list[str], text: str = "whole"):
    def compute(folder: Path) -> dict:
        calls.append(text)
        (folder / "artefact.txt").write_text(text)
        return {"length": len(text)}

    return compute


def test_a_finished_stage_is_not_computed_again(tmp_path):
    calls: list[str] = []
    first = Store(tmp_path / "run").stage("panel", {"seed": 1}, _counting(calls), CODE)
    second = Store(tmp_path / "run").stage("panel", {"seed": 1}, _counting(calls), CODE)
    assert calls == ["whole"]
    assert (first.cached, second.cached) == (False, True)
    assert second.about == {"length": 5}
    assert (second / "artefact.txt").read_text() == "whole"


def test_seconds_of_a_stage_within_another_are_counted_once(tmp_path):
    kept = Store(tmp_path / "run")

    def outer(_: Path) -> dict:
        kept.stage("inner", {}, _counting([], "inner"), CODE)
        time.sleep(0.02)
        return {}

    before = kept.stage("before", {}, _counting([], "before"), CODE)
    stage = kept.stage("outer", {}, outer, CODE)
    by_name = {s.name: s for s in kept.stages}
    assert [by_name[n].within for n in ("before", "inner", "outer")] == [False, True, False]
    spec = load_spec("bundled")
    record = describe(spec, kept.stages, None, datetime.now(UTC))
    assert record["seconds"]["all_stages"] == pytest.approx(before.seconds + stage.seconds)


@pytest.mark.parametrize("change", ["input", "code", "version"])
def test_a_change_of_anything_a_stage_depends_on_makes_it_stale(tmp_path, monkeypatch, change):
    calls: list[str] = []
    Store(tmp_path / "run").stage("panel", {"prior": {"slope": 2.0}}, _counting(calls, "old"), CODE)
    inputs, code = {"prior": {"slope": 2.0}}, CODE
    if change == "input":
        inputs = {"prior": {"slope": 1.9}}
    elif change == "code":
        code = (*CODE, "workflows.judge.gate")
    else:
        monkeypatch.setattr(store, "versions", lambda: {"pymc": "0.0"})
    found = Store(tmp_path / "run").stage("panel", inputs, _counting(calls, "new"), code)
    assert not found.cached
    assert (found / "artefact.txt").read_text() == "new"
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [".lock", "panel"]


@pytest.mark.parametrize("damage", ["changed", "truncated", "removed", "record", "no record"])
def test_a_damaged_artefact_is_found_and_computed_again(tmp_path, damage):
    calls: list[str] = []
    stage = Store(tmp_path / "run").stage("panel", {}, _counting(calls), CODE)
    artefact, record = stage / "artefact.txt", stage / "stage.json"
    if damage == "changed":
        artefact.write_text("wholE")
    elif damage == "truncated":
        artefact.write_text("who")
    elif damage == "removed":
        artefact.unlink()
    elif damage == "record":
        record.write_text(record.read_text()[:40])
    else:
        record.unlink()
    again = Store(tmp_path / "run").stage("panel", {}, _counting(calls), CODE)
    assert not again.cached
    assert len(calls) == 2
    assert artefact.read_text() == "whole"


def test_a_failed_stage_leaves_nothing_and_keeps_what_was_there(tmp_path):
    run = Store(tmp_path / "run")
    run.stage("panel", {"version": 1}, _counting([], "first"), CODE)

    def fails(folder: Path) -> None:
        (folder / "half.txt").write_text("half")
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        run.stage("panel", {"version": 2}, fails, CODE)
    assert (tmp_path / "run" / "panel" / "artefact.txt").read_text() == "first"
    assert not list((tmp_path / "run").glob(".partial*"))
    assert run.find("panel", run.key("panel", {"version": 1}, CODE)) is not None


def test_keys_do_not_depend_on_the_order_of_names():
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 1.5})


def test_json_is_replaced_whole(tmp_path):
    path = tmp_path / "run.json"
    write_json(path, {"passed": True})
    loop: dict = {}
    loop["self"] = loop
    with pytest.raises(ValueError, match="Circular"):
        write_json(path, loop)
    assert json.loads(path.read_text()) == {"passed": True}


def test_a_folder_that_cannot_be_made_is_the_users_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a folder that can be created"):
        Store(tmp_path / "file" / "run")


WORKER = """
import os, sys, time
from pathlib import Path
from workflows.store.store import Store

run = Store(Path(sys.argv[1]))
def compute(folder):
    with open(sys.argv[2], "a") as log:
        log.write(f"{os.getpid()}\\n")
    for k in range(5):
        (folder / f"{k}.txt").write_text(str(os.getpid()))
        time.sleep(float(sys.argv[3]))
with run.lock(lambda: print("waiting", flush=True)):
    print("holding", flush=True)
    stage = run.stage("slow", {}, compute, ("workflows.store.store",))
print(len({(stage / f"{k}.txt").read_text() for k in range(5)}), flush=True)
"""


def _worker(folder: Path, log: Path, pause: float) -> subprocess.Popen:
    command = [sys.executable, "-c", WORKER, str(folder), str(log), str(pause)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_compute_a_stage_once_and_mix_nothing(tmp_path):
    log = tmp_path / "log"
    both = [_worker(tmp_path / "run", log, 0.2) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].split() for process in both]
    assert [lines[-1] for lines in said] == ["1", "1"]
    assert sum("waiting" in lines for lines in said) <= 1
    assert len(log.read_text().splitlines()) == 1


def test_a_killed_process_leaves_no_lock_and_nothing_half_done(tmp_path):
    log = tmp_path / "log"
    victim = _worker(tmp_path / "run", log, 30.0)
    assert victim.stdout is not None
    assert victim.stdout.readline().strip() == "holding"
    while not log.exists():
        time.sleep(0.02)
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    run = Store(tmp_path / "run")
    waited: list[bool] = []
    with run.lock(lambda: waited.append(True)):
        assert not waited
        assert not list((tmp_path / "run").glob(".partial*"))
        assert run.find("slow", run.key("slow", {}, CODE)) is None


def test_a_stage_asked_for_alone_waits_for_the_process_that_holds_the_run(tmp_path):
    log = tmp_path / "log"
    holder = _worker(tmp_path / "run", log, 0.2)
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "holding"
    while not log.exists():
        time.sleep(0.02)
    found = Store(tmp_path / "run").stage("slow", {}, lambda _: pytest.fail("computed twice"), CODE)
    assert found.cached
    assert holder.communicate(timeout=60)[0].split()[-1] == "1"


def test_a_run_can_be_asked_for_twice_by_the_one_that_holds_it(tmp_path):
    run = Store(tmp_path / "run")
    with run.lock():
        inner = run.stage(
            "outer", {}, lambda _: {"inner": run.stage("a", {}, lambda _: None, CODE).key}, CODE
        )
    assert inner.about["inner"] == run.key("a", {}, CODE)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [".lock", "a", "outer"]
