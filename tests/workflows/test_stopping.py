"""Ctrl-C and SIGTERM end a command within seconds, whatever it is at, and nothing that it started outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workflows.commands import stopping
from workflows.commands.stopping import GRACE, SAID
from workflows.store.source import ROOT

#: Ten seconds are promised; a loaded machine starts nothing here.
SOON = 10.0
WORKERS = """
import os, sys
from pathlib import Path
from workflows.commands.stopping import stoppable

if __name__ == "__main__":
    with stoppable():
        from tests.workflows.fan_out_tasks import draw
        from workflows.store.fan_out import fan_out

        tasks = {"first": {"seed": 1}} | {f"t{k}": {"seed": k, "pause": 300.0} for k in range(4)}
        for _ in fan_out(draw, tasks, Path(sys.argv[1]), workers=2):
            print("one", flush=True)
"""
DEAF = """
import hashlib
from workflows.commands.stopping import stoppable

with stoppable():
    print("one", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"a compiler that", b"hears nothing", 2_000_000_000)
"""


def _end(script: str, number: int, folder: Path, group: bool) -> tuple[int, str, float]:
    """Start a script, tell it to end once it is at work; its exit code, last line, and seconds until all is gone."""
    program = folder / "program.py"
    program.write_text(script)
    process = subprocess.Popen(
        [sys.executable, str(program), str(folder / "results.jsonl")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "one\n"
    # What is at work has begun: the signal is to find it there.
    time.sleep(1.0)
    family = [process.pid, *(p.pid for p in psutil.Process(process.pid).children(recursive=True))]
    began = time.monotonic()
    # A terminal's Ctrl-C reaches every process of the group; `kill` one alone.
    (os.killpg if group else os.kill)(process.pid, number)
    said = process.communicate(timeout=60)[1]
    while any(_runs(pid) for pid in family):
        assert time.monotonic() - began < 60, "a process stays"
        time.sleep(0.05)
    return process.returncode, said, time.monotonic() - began


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("number", "group", "code"),
    [(signal.SIGINT, True, 130), (signal.SIGINT, False, 130), (signal.SIGTERM, False, 143)],
)
def test_a_command_ends_with_its_workers_and_keeps_what_was_finished(tmp_path, number, group, code):
    from workflows.store.fan_out import kept

    found, said, seconds = _end(WORKERS, number, tmp_path, group)
    assert found == code
    assert said.splitlines()[-1].startswith("interrupted: what was finished is kept")
    assert "Traceback" not in said
    assert seconds < SOON
    assert set(kept(tmp_path / "results.jsonl")) == {"first"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_ends_while_no_python_code_runs(tmp_path, number, code):
    found, said, seconds = _end(DEAF, number, tmp_path, group=False)
    assert (found, said.splitlines()[-1].split(":")[0]) == (code, "interrupted")
    assert GRACE <= seconds < SOON


def test_workers_end_with_a_command_that_is_killed(tmp_path):
    assert _end(WORKERS, signal.SIGKILL, tmp_path, group=False)[2] < SOON


#: Python frees an object just when the signal comes: what is raised there is lost, and Python would print it.
FREED = """
import os, signal, time
from workflows.commands.stopping import stoppable

class Freed:
    def __del__(self):
        print("one", flush=True)
        time.sleep(60.0)

with stoppable():
    Freed()
    time.sleep(60.0)
"""


def test_an_interruption_that_is_lost_where_an_object_is_freed_comes_again(tmp_path):
    found, said, seconds = _end(FREED, signal.SIGINT, tmp_path, group=False)
    assert found == 130
    assert said == SAID, "one line and nothing else"
    assert seconds < GRACE, "it leaves everything in order, and is not ended from outside"


def test_who_keeps_account_of_semaphores_is_ended_after_all_others(monkeypatch):
    ended = []
    monkeypatch.setattr(psutil.Process, "kill", lambda process: ended.append(process.pid))
    waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    children = [
        subprocess.Popen([*waits, word], stdin=subprocess.PIPE)
        for word in ("from multiprocessing.resource_tracker import main;main(9)", "worker", "worker")
    ]
    try:
        trackers = stopping._end_children()
        own = {child.pid for child in children[1:]}
        assert own <= set(ended)
        assert children[0].pid not in ended
        assert [process.pid for process in trackers if process.pid == children[0].pid]
    finally:
        for child in children:
            child.communicate()
