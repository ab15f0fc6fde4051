"""A run may be killed at any moment: what was finished is kept, nothing wrong is read, no lock stays."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr

from workflows.store.source import ROOT
from workflows.store.store import file_digest

SPEC = """
name = "small"
[panel]
source = "bundled"
operations = ["ISAF"]
[model.depth]
items = "known"
measurement = "plug-in"
[model.contribution]
likelihood = "gaussian"
state_effects = false
treaty_effects = false
operation_year_effects = false
slope_varies = false
[sampling]
tune = 100
draws = 100
"""
#: The run but for figures and report, which are stages like others and take longest.
STAGES = """
import sys
from pathlib import Path
from workflows.run.run import Run
from workflows.spec.run import load_spec

run = Run(load_spec(sys.argv[1]), Path(sys.argv[2]))
with run.store.lock():
    run.stage("prior"), run.stage("posterior"), run.stage("gate")
"""
COMMAND = ["-c", "from workflows.entry import main; main()", "run"]


def _start(arguments: list[str], folder: Path) -> subprocess.Popen:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # A file, not a pipe: nobody reads while the process runs.
    with (folder / "said.txt").open("a") as said:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=said, stderr=said
        )


def _finished(run: Path) -> dict[str, tuple[str, float]]:
    """Key and time of writing of every stage under its final name, each checked to be whole."""
    found = {}
    for record in run.glob("**/stage.json"):
        if any(part.startswith(".partial") for part in record.parts):
            continue
        about = json.loads(record.read_text())
        for name, digest in about["files"].items():
            assert file_digest(record.parent / name) == digest, f"{record.parent} is not whole"
        found[record.parent.relative_to(run).as_posix()] = (about["key"], record.stat().st_mtime)
    return found


def _free(run: Path) -> bool:
    """Whether nobody holds the run."""
    if not (run / ".lock").exists():
        return True
    with (run / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _results(run: Path) -> tuple[xr.Dataset, str]:
    with xr.open_datatree(run / "posterior" / "posterior.nc", engine="h5netcdf") as tree:
        posterior = tree["posterior"].to_dataset().load()
    return posterior, (run / "gate" / "parameters.csv").read_text()


def _killed_and_rerun(tmp_path: Path, kills: int, seed: int, program: list[str]) -> None:
    (tmp_path / "small.toml").write_text(SPEC)

    def start(out: str) -> subprocess.Popen:
        last = ["--out", str(tmp_path / out)] if program is COMMAND else [str(tmp_path / out)]
        return _start([*program, str(tmp_path / "small.toml"), *last], tmp_path)

    # Code that is compiled afresh differs in its last bits from the same code read from the compiler's cache.
    assert start("first").wait(900) in (0, 3), (tmp_path / "said.txt").read_text()
    began = time.monotonic()
    assert start("whole").wait(900) in (0, 3), (tmp_path / "said.txt").read_text()
    seconds = time.monotonic() - began

    rng, done = random.Random(seed), 0
    run = tmp_path / "killed" / "small"
    kept: dict[str, tuple[str, float]] = {}
    while done < kills:
        process = start("killed")
        try:
            process.wait(rng.uniform(0.05, 0.9) * seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
        else:
            # It came to its end: begin afresh, so that the remaining kills fall somewhere.
            shutil.rmtree(run)
            kept = {}
            continue
        assert _free(run)
        now = _finished(run) if run.exists() else {}
        assert {name: now.get(name) for name in kept} == kept, "a finished stage was lost or done again"
        kept = now
    assert start("killed").wait(900) in (0, 3), (tmp_path / "said.txt").read_text()
    now = _finished(run)
    assert {name: now.get(name) for name in kept} == kept
    assert _free(run)
    assert not list(run.glob("**/.partial*"))
    assert not list(run.glob("**/*.partial"))
    (posterior, gate), (expected, judged) = _results(run), _results(tmp_path / "whole" / "small")
    xr.testing.assert_equal(posterior, expected)
    assert gate == judged


@pytest.mark.slow
def test_three_kills_lose_nothing_that_was_finished(tmp_path):
    _killed_and_rerun(tmp_path, 3, seed=5, program=["-c", STAGES])


@pytest.mark.slow
@pytest.mark.nightly
def test_twenty_kills_of_the_command_lose_nothing_that_was_finished(tmp_path):
    _killed_and_rerun(tmp_path, 20, seed=int(time.time()), program=COMMAND)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_end_with_one_line_and_their_code(tmp_path, number, code):
    (tmp_path / "small.toml").write_text(SPEC)
    out = ["--out", str(tmp_path / "out")]
    process = _start([*COMMAND, str(tmp_path / "small.toml"), *out], tmp_path)
    said = tmp_path / "said.txt"
    while "measurement: measuring" not in said.read_text():
        assert process.poll() is None, said.read_text()
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(number)
    assert process.wait(120) == code
    assert said.read_text().splitlines()[-1].startswith("interrupted: what was finished is kept")
    assert "Traceback" not in said.read_text()
    run = tmp_path / "out" / "small"
    assert _free(run)
    assert json.loads((run / "run.json").read_text())["status"] == "unfinished"
    assert not list(run.glob("**/.partial*"))
