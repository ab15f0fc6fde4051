"""Does the default run end well with every seed?

    OMP_NUM_THREADS=1 python benchmarks/seeds/seeds.py [SEEDS [WORKERS [SPEC]]]

The whole command, ``coalition run SPEC --seed N``, each into an empty folder of its own; N from FIRST on. One line of
seeds.jsonl a seed: exit code, tries (2 where the fit was restarted with shorter steps), divergences, smallest bulk
ESS, the headline effects, wall seconds. A seed whose line is there is not run twice; lines name the code's digest, and
those of other code are dropped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from workflows.store import ROOT, code_digest

HERE = Path(__file__).resolve().parent
FIRST = 1


def one(spec: str, seed: int, code: str) -> dict:
    """Run one seed and read what it left."""
    with tempfile.TemporaryDirectory() as folder:
        program = "from workflows.entry import main; main()"
        command = [
            sys.executable,
            "-c",
            program,
            "run",
            spec,
            "--seed",
            str(seed),
            "--out",
            folder,
            "--quiet",
        ]
        started = time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        out = {"seed": seed, "code": code, "exit": done.returncode}
        out["seconds"] = round(time.perf_counter() - started, 1)
        run = next(Path(folder).glob("*/run.json"), None)
        if run is None:
            return out | {"error": done.stderr.strip().splitlines()[-1:]}
        record = json.loads(run.read_text(encoding="utf-8"))
        checks = pd.read_csv(next(run.parent.glob("gate/*checks*.csv")))
        parameters = pd.read_csv(next(run.parent.glob("gate/*parameters*.csv")))
        found = checks.set_index("check")["found"]
        return out | {
            "tries": len(record.get("tries", [])) or 1,
            "divergences": found.get("divergences"),
            "min_bulk_ess": round(float(parameters["ess_bulk"].min())),
        }


def main() -> None:
    seeds, workers = (int(v) for v in (sys.argv[1:3] + ["40", "2"][len(sys.argv[1:3]) :]))
    spec = sys.argv[3] if len(sys.argv) > 3 else "bundled"
    path, code = HERE / "seeds.jsonl", code_digest("models", "data", "workflows")[:12]
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = {r["seed"]: r for r in map(json.loads, kept) if r["code"] == code}
    path.write_text("".join(json.dumps(r) + "\n" for r in done.values()), encoding="utf-8")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    waiting = [s for s in range(FIRST, FIRST + seeds) if s not in done]
    with ThreadPoolExecutor(workers) as pool:
        for result in pool.map(lambda s: one(spec, s, code), waiting):
            done[result["seed"]] = result
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
            print(result, flush=True)
    results = [done[s] for s in sorted(done)]
    ended = sum(r["exit"] == 0 for r in results)
    once = sum(r["exit"] == 0 and r.get("tries") == 1 for r in results)
    print(f"{ended} of {len(results)} ended with exit 0, {once} without a restart")


if __name__ == "__main__":
    main()
