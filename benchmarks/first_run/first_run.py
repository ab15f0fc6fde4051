"""What a newcomer waits for: the default run on an empty compile cache, on a warm one, and with all stages cached.

    OMP_NUM_THREADS=1 python benchmarks/first_run/first_run.py COMMIT [--keep DIR] [--python PYTHON]

PYTHON is an interpreter with the libraries of that commit's lock, where they are not those of this one. The commit and
this checkout run one after the other on one machine, each in six steps: ``coalition run`` with an empty
compile cache; the same into another folder; the same again, all stages there; ``coalition --version``, ``--help`` and
``run --help`` (the shortest of five each). Recorded: wall seconds of the whole process, CPU-seconds and peak memory of
it and its helpers (proportional set size, so that shared pages count once), seconds by stage.
Results: first_run.csv and stages.csv beside this file; with --keep the reports of both stay in DIR.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMMAND = ["-c", "from workflows.entry import main; main()"]


class Peak(threading.Thread):
    """Largest memory of a process and its children together, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.megabytes, self.over = psutil.Process(pid), 0.0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            total = 0
            with contextlib.suppress(psutil.Error):
                for one in (self.process, *self.process.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        total += one.memory_full_info().pss
            self.megabytes = max(self.megabytes, total / 2**20)


def timed(python: str, checkout: Path, cache: Path, *arguments: str) -> dict[str, float]:
    """Wall and CPU seconds and peak megabytes of one command of a checkout; it must end well or at its gate."""
    # A fresh machine has no compiled bytecode either, and writes it.
    environment = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPYCACHEPREFIX": str(cache / "bytecode"),
        "PYTHONPATH": str(checkout),
        "OMP_NUM_THREADS": "1",
        "PYTENSOR_FLAGS": f"base_compiledir={cache}",
    }
    before, began = os.times(), time.perf_counter()
    with subprocess.Popen(
        [python, *COMMAND, *arguments],
        cwd=checkout,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        peak = Peak(process.pid)
        peak.start()
        code = process.wait()
        peak.over.set()
    if code not in (0, 3):
        raise SystemExit(f"{' '.join(arguments)} of {checkout} ended with {code}: are its libraries there?")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(cpu, 1),
        "peak_megabytes": round(peak.megabytes),
        "exit": code,
    }


def steps(python: str, checkout: Path, folder: Path) -> tuple[list[dict], list[dict]]:
    """All steps of one checkout, and the seconds of the stages of the first two."""
    cache, rows, stages = folder / "cache", [], []
    for step, out in (
        ("empty compile cache", "one"),
        ("warm compile cache", "two"),
        ("all stages cached", "two"),
    ):
        rows.append(
            {"step": step, **timed(python, checkout, cache, "run", "bundled", "--out", str(folder / out))}
        )
        if step != "all stages cached":
            record = json.loads((folder / out / "bundled" / "run.json").read_text())
            about = {stage["name"]: round(stage["seconds"], 1) for stage in record["stages"]}
            about |= {f"posterior: {k}": round(record["seconds"][k], 1) for k in ("compile", "sample")}
            stages += [{"step": step, "stage": name, "seconds": value} for name, value in about.items()]
    for words in (("--version",), ("--help",), ("run", "--help")):
        shortest = min(
            (timed(python, checkout, cache, *words) for _ in range(5)), key=lambda row: row["seconds"]
        )
        rows.append({"step": " ".join(words), **shortest})
    return rows, stages


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("commit")
    parser.add_argument("--keep")
    parser.add_argument("--python", default=sys.executable)
    asked = parser.parse_args()
    rows, stages = [], []
    with tempfile.TemporaryDirectory() as folder:
        keep = Path(asked.keep or folder)
        before = Path(folder) / "before"
        subprocess.run(["git", "worktree", "add", "--detach", before, asked.commit], cwd=ROOT, check=True)
        try:
            for code, checkout, python in (
                (asked.commit, before, asked.python),
                ("this", ROOT, sys.executable),
            ):
                (keep / code).mkdir(parents=True, exist_ok=True)
                found, by_stage = steps(python, checkout, keep / code)
                rows += [{"code": code, **row} for row in found]
                stages += [{"code": code, **row} for row in by_stage]
                print(pd.DataFrame(found).to_string(index=False), flush=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", before], cwd=ROOT, check=False)
    table = pd.DataFrame(rows)
    first = table[table["code"] == asked.commit].set_index("step")["seconds"]
    table["ratio"] = (table["seconds"] / table["step"].map(first)).round(2)
    table.to_csv(HERE / "first_run.csv", index=False)
    pd.DataFrame(stages).to_csv(HERE / "stages.csv", index=False)


if __name__ == "__main__":
    main()
