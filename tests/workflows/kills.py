"""Thirty kills at random moments of five commands, each continued to the summary of one that nobody disturbed.

``python -m tests.workflows.kills FOLDER [SEED]`` prints a table and writes it to ``FOLDER/kills.csv``. Processes, locks,
stages and files are those of the real commands; nutpie alone is a stub, so that minutes suffice.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.workflows.finished_run import contents
from workflows.store.source import ROOT

KILLS = 6
SOON = 10.0
PROGRAM = "from workflows.entry import main\nif __name__ == '__main__': main()"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PLAIN = """
name = "small"
[panel]
source = "bundled"
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
tune = 50
draws = 100
"""
JOINT = PLAIN.replace('measurement = "plug-in"\n', "") + "[bridge.sampling]\ndraws = 100\ntune = 50\n"
GRID = """
[multiverse]
potential = ["difference", "residual"]
chains = 2
tune = 50
draws = 100
[multiverse.controls]
none = []
[multiverse.sample]
all = {}
without_nato = { without_treaty = "NATO" }
"""


def _without(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k not in names} for row in rows]


def _csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _run(out: Path, _said: str) -> Any:
    return contents(out / "small"), (out / "small" / "report.html").stat().st_size


def _bridge(out: Path, _said: str) -> Any:
    return _without(_csv(out / "small" / "bridge" / "bridge.csv"), "seconds"), contents(
        out / "small" / "bridge"
    )


def _calibrate(out: Path, _said: str) -> Any:
    folder = out / "small" / "calibration"
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    return _csv(folder / "ranks.csv"), _without([verdict], "cpu_seconds_a_fit", "peak_megabytes")


def _multiverse(out: Path, _said: str) -> Any:
    return _without(_csv(out / "small" / "multiverse" / "specifications.csv"), "seconds")


def _kfold(_out: Path, said: str) -> Any:
    return json.loads(said)


CASES = {
    "run": (PLAIN, ["run"], _run),
    "bridge": (JOINT, ["bridge", "--workers", "2"], _bridge),
    "calibrate": (JOINT, ["calibrate", "--simulations", "10", "--workers", "2"], _calibrate),
    "multiverse": (PLAIN + GRID, ["multiverse", "--workers", "2"], _multiverse),
    "kfold": (
        PLAIN.replace("state_effects = false", "state_effects = true"),
        ["compare", "--method", "kfold", "--folds", "4", "--workers", "2", "--format", "json"],
        _kfold,
    ),
}


@dataclass
class Killed:
    """One kill: of which command, how, when, with how many processes, and after how long all were gone."""

    command: str
    signal: str
    after_seconds: float
    processes: int
    exit_code: int
    gone_after_seconds: float
    traceback: bool


def start(case: str, folder: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start a command as a terminal does, in a group of its own."""
    text, words, _ = CASES[case]
    spec = folder / f"{case}.toml"
    spec.write_text(text, encoding="utf-8")
    stubs = ROOT / "tests" / "workflows" / "stub_package"
    paths = [str(stubs), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # Files, not pipes: nobody reads while the command runs.
    with (folder / "out.txt").open("wb") as said, (folder / "err.txt").open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, words[0], str(spec), *words[1:], "--out", str(out)],
            cwd=ROOT, stdout=said, stderr=errors, start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip


def finish(case: str, folder: Path, out: Path) -> Any:
    """Let a command come to its end; its summary."""
    code = start(case, folder, out).wait(900)
    if code not in (0, 3):
        raise AssertionError(f"{case}: exit {code}\n{(folder / 'err.txt').read_text(encoding='utf-8')}")
    return CASES[case][2](out, (folder / "out.txt").read_text(encoding="utf-8"))


def kill(case: str, folder: Path, out: Path, number: signal.Signals, after: float) -> Killed | None:
    """Kill a command; None where it had come to its end before."""
    process = start(case, folder, out)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        pass
    else:
        return None
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    began = time.monotonic()
    # Ctrl-C reaches every process of the terminal's group.
    (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)
    code = process.wait(60)
    _, alive = psutil.wait_procs(family, timeout=max(0.0, 60 - (time.monotonic() - began)))
    gone = time.monotonic() - began
    if alive:
        raise AssertionError(f"{case}: {len(alive)} processes stay after {number.name}")
    said = (folder / "err.txt").read_text(encoding="utf-8")
    return Killed(case, number.name, round(after, 1), len(family), code, round(gone, 2), "Traceback" in said)


def thirty_kills(folder: Path, seed: int, cases: tuple[str, ...] = tuple(CASES)) -> list[Killed]:
    """Kill each command `KILLS` times and continue it; raise AssertionError where its summary differs then."""
    rng, found = random.Random(seed), []
    for case in cases:
        place = folder / case
        place.mkdir(parents=True)
        began = time.monotonic()
        expected = finish(case, place, place / "whole")
        seconds, done, number = time.monotonic() - began, 0, 0
        while done < KILLS:
            out = place / f"killed-{number}"
            one = kill(case, place, out, SIGNALS[done % len(SIGNALS)], rng.uniform(0.1, 0.8) * seconds)
            if one is None:
                # It had found enough on disk to come to its end: begin afresh.
                if finish(case, place, out) != expected:
                    raise AssertionError(f"{case}: another summary after kills")
                number += 1
                continue
            print(one, flush=True)
            found.append(one)
            done += 1
        if finish(case, place, out) != expected:
            raise AssertionError(f"{case}: another summary after kills")
        print(f"{case}: {seconds:.0f} s undisturbed; the same summary after {KILLS} kills", flush=True)
    return found


def main() -> None:
    """See the module."""
    folder = Path(sys.argv[1])
    found = thirty_kills(folder, int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()))
    with (folder / "kills.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, vars(found[0]))
        writer.writeheader()
        writer.writerows(vars(one) for one in found)


if __name__ == "__main__":
    main()
