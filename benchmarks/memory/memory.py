"""Peak memory of a run by stage, from panel to report, against the number of rows.

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/memory/memory.py [ROWS ...]

Panels are simulated: 190 states, operations of several years each, three leaders' treaties known by their items. They go
through the same stages as a panel from files, told by ``coalition run``. Memory is the proportional set size of the
run and its helpers, looked at five times a second; it is charged to the stage that the run is at, so that what a helper
does at the same time counts there too. Rows of ``memory.csv``: rows, stage, seconds, peak in megabytes.

Draws are few (four chains of 100) and their trees short: what has a value for each row and draw is reduced as it comes,
or kept up to a fixed number of cells, so that a stage's memory follows from the rows and not from the draws. Such a run
does not pass its gate, and is no fit to be read.

With ``--whole FOLDER`` it is sampled as a run is, kept in that folder, and goes on there where it was stopped;
``whole.csv`` then has the seconds of all its parts together, the verdict of the gate, and the seconds of a thousand rows.
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
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pandas as pd
import psutil

import data.panel
from models.simulate import simulate
from models.simulate_panel import Size
from workflows.run import run as runs
from workflows.run.listener import Listener
from workflows.sampling.program import Program
from workflows.spec.run import RunSpec
from workflows.store.store import Store

HERE = Path(__file__).resolve().parent
STATES = 190
#: Operations by rows: few long ones on a small panel, eighty on the largest.
OPERATIONS = {20_000: 5, 200_000: 20, 2_000_000: 80}
#: Of a whole run.
SAMPLED = {"tune": 500, "draws": 1500, "target_accept": 0.8}
#: Up to three gradients a draw.
SHORT = {"tune": 10, "max_treedepth": 2}
MODEL = {
    "depth": {"items": "known"},
    "contribution": {"likelihood": "hurdle_beta", "treaty_by_operation": True},
}


class Watch(threading.Thread):
    """Seconds and largest memory of this process and its children, by the stage that the run is at."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stages: list[str] = ["start"]
        self.peaks: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self.over = threading.Event()

    def run(self) -> None:
        process, last = psutil.Process(), time.perf_counter()
        while not self.over.wait(0.2):
            total, at = 0, self.stages[-1]
            with contextlib.suppress(psutil.Error):
                for one in (process, *process.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        total += one.memory_full_info().pss
            now = time.perf_counter()
            self.peaks[at] = max(self.peaks.get(at, 0.0), total / 2**20)
            self.seconds[at] = self.seconds.get(at, 0.0) + now - last
            last = now

    def table(self, rows: int) -> pd.DataFrame:
        """Rows, stage, seconds and megabytes."""
        return pd.DataFrame(
            [
                {
                    "rows": rows,
                    "stage": name,
                    "seconds": round(self.seconds[name], 1),
                    "megabytes": round(peak),
                }
                for name, peak in self.peaks.items()
            ]
        )


def watched(watch: Watch):
    """Have every store tell the watch which stage it is at."""
    before = Store.stage

    def stage(self, name, *arguments, **named):
        watch.stages.append(name)
        try:
            return before(self, name, *arguments, **named)
        finally:
            watch.stages.pop()

    Store.stage = stage


def hurried():
    """Have every chain take a few gradients a draw, fewer than a spec may ask for."""
    before = Program.chains

    def chains(self, points, seeds, spec, **named):
        return before(self, points, seeds, spec.model_copy(update=SHORT), **named)

    Program.chains = chains


def one(
    rows: int, folder: Path, stages: Sequence[str] = (), whole: bool = False
) -> tuple[pd.DataFrame, bool]:
    """Run one panel to its report, or to some stages and what these need; its table, and whether the gate passed."""
    operations = OPERATIONS.get(rows, 5)
    years = round(rows / STATES / operations)
    spec = RunSpec.model_validate(
        {
            "name": f"memory-{rows}",
            "title": f"{rows:,} rows",
            "model": MODEL,
            "sampling": SAMPLED if whole else {"draws": 100},
        }
    )
    if not whole:
        hurried()
    watch = Watch()
    watched(watch)
    watch.start()
    watch.stages.append("simulating")
    size = Size(STATES, {f"Operation {k + 1}": (1901, 1900 + years) for k in range(operations)})
    panel = simulate(spec.model, size, seed=1)[0]
    watch.stages.pop()
    read = [{"file": "none", "sha256": "", "source": "simulated", "version": "seed 1"}]
    panel = panel.assign_attrs(provenance=json.dumps(read), title="Simulated panel")
    data.panel.build_panel = lambda *_, **__: panel
    passed = False
    try:
        if stages:
            run = runs.Run(spec, folder)
            with run.store.lock(), run._helper():
                run.stage("posterior")
                for name in stages:
                    run.stage(name)
                    print(name, round(watch.seconds[name], 1), round(watch.peaks[name]), flush=True)
        else:
            passed = runs.run(spec, folder, listener=Told() if whole else None).passed
    finally:
        # What was measured of a whole run that is stopped stands beside it.
        watch.over.set()
        watch.join()
        found = watch.table(panel.sizes["row"])
        if whole:
            found = added(found, folder / "watched.csv")
    return found, passed


class Told(Listener):
    """Stages and chains, a line each."""

    def stage(self, name: str, state: str) -> None:
        print(time.strftime("%H:%M:%S"), name, state, flush=True)

    def chain(self, chain: int, done: int, total: int, divergences: int) -> None:
        if done % 50 == 0:
            print(time.strftime("%H:%M:%S"), "chain", chain, done, total, divergences, flush=True)


def added(found: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Seconds of this part of a run and of those before it together, and the largest memory of any."""
    if path.exists():
        both = pd.concat([pd.read_csv(path), found])
        how = {"seconds": "sum", "megabytes": "max"}
        found = both.groupby(["rows", "stage"], sort=False, as_index=False).agg(how)
    found.to_csv(path, index=False)
    return found


def earlier(path: Path) -> pd.DataFrame:
    """A table as earlier runs left it; of no rows at first."""
    return pd.read_csv(path) if path.exists() else pd.DataFrame({"rows": []}, dtype=int)


def write_whole(found: pd.DataFrame, passed: bool) -> None:
    """Write ``whole.csv``: what a run took, without the simulation of its panel."""
    path = HERE / "whole.csv"
    kept = earlier(path)
    run = found[found["stage"] != "simulating"]
    rows, seconds = int(run["rows"].iloc[0]), float(run["seconds"].sum())
    line = {
        "rows": rows,
        "passed": passed,
        "seconds": round(seconds),
        "seconds_per_thousand_rows": round(1e3 * seconds / rows, 3),
        "megabytes": round(run["megabytes"].max()),
    }
    line |= {f"{stage}_s": round(s) for stage, s in zip(run["stage"], run["seconds"], strict=True) if s > 30}
    pd.concat([kept[kept["rows"] != rows], pd.DataFrame([line])]).to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", type=int, default=list(OPERATIONS))
    parser.add_argument(
        "--stages", nargs="+", default=[], help="measure these again; other rows of the table stay"
    )
    parser.add_argument("--whole", type=Path, metavar="FOLDER", help="sample as a run does, and keep it here")
    asked = parser.parse_args()
    path = HERE / "memory.csv"
    if len(asked.rows) > 1:
        # A process each: what one run has freed is no memory of the next.
        for rows in asked.rows:
            subprocess.run([sys.executable, __file__, str(rows)], check=True)
        return
    rows = asked.rows[0]
    if asked.whole:
        asked.whole.mkdir(parents=True, exist_ok=True)
        found, passed = one(rows, asked.whole, whole=True)
        write_whole(found, passed)
    else:
        with tempfile.TemporaryDirectory() as folder:
            found, _ = one(rows, Path(folder), asked.stages)
        kept = earlier(path).reindex(columns=list(found))
        if asked.stages:
            found = found[found["stage"].isin(asked.stages)]
        old = (kept["rows"] == found["rows"].iloc[0]) & (
            kept["stage"].isin(found["stage"]) | (not asked.stages)
        )
        pd.concat([kept[~old], found]).to_csv(path, index=False)
    print(found.to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
