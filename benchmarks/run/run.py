"""How long ``coalition run`` takes on the bundled data, cold and warm.

    OMP_NUM_THREADS=1 python benchmarks/run/run.py [spec]

Cold: an empty results folder (Numba's own cache as it is). Warm: the same command again. Wall seconds
of the whole process, imports included. Result: run.json beside this file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workflows.record import machine, read_record
from workflows.store import ROOT, versions

LIMITS = {"cold": 180.0, "warm": 5.0}


def main() -> None:
    spec = sys.argv[1] if len(sys.argv) > 1 else "bundled"
    record: dict = {"spec": spec, "machine": machine(), "versions": versions(), "limits": LIMITS}
    with tempfile.TemporaryDirectory() as folder:
        code = "from workflows.entry import main; main()"
        command = [sys.executable, "-c", code, "run", spec, "--out", folder, "--quiet"]
        for kind in ("cold", "warm"):
            load = os.getloadavg()[0]
            started = time.perf_counter()
            done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
            record[kind] = {
                "seconds": round(time.perf_counter() - started, 1),
                "exit": done.returncode,
                "load_before": load,
            }
        run = read_record(next(Path(folder).glob("*/run.json")).parent)
    record["stages"] = {s["name"]: round(s["seconds"], 1) for s in run["stages"]}
    record["posterior"] = {k: run["seconds"][k] for k in ("compile", "sample")}
    (Path(__file__).resolve().parent / "run.json").write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
