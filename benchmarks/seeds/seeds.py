"""Does the default run end well with every seed?

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/seeds/seeds.py [SEEDS [SHARE OF]] [--target T]

Seeds FIRST, FIRST + 1, ... of ``coalition run bundled``: every stage that decides its exit code (panel, prior, both
samplings, the second try where the first has divergences and no other fault, the gate), each seed into an empty
folder. The stages that draw and write are left out, which changes no number; the compiled model is found on disk.
SHARE OF splits the seeds over processes (``0 2`` and ``1 2``). --target replaces target_accept, to see how far the
default is from where fits begin to diverge.

One line of seeds.jsonl a seed: whether the run passed, tries, divergences, smallest bulk ESS and where. Lines of other
code are dropped.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from workflows.run.run import Run
from workflows.spec.run import load_spec
from workflows.store.source import code_digest

HERE = Path(__file__).resolve().parent
FIRST = 1
#: On this code the verdict depends.
CODE = tuple(
    f"workflows.run.stages.{name}" for name in ("panel", "prior", "measurement", "posterior", "gate")
)


def one(seed: int, target: float | None) -> dict:
    """Run one seed up to its verdict."""
    spec = load_spec("bundled")
    changed = {"seed": seed} | ({} if target is None else {"target_accept": target})
    spec = spec.model_copy(update={"sampling": spec.sampling.model_copy(update=changed)})
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(spec, Path(folder))
        prior = run.stage("prior").about["passed"]
        gate, tries = run.gate, run.tries
        passed = bool(prior and run.stage("gate").about["passed"])
    worst = gate.parameters.loc[gate.parameters["ess_bulk"].idxmin()]
    return {
        "seed": seed,
        "passed": passed,
        "tries": len(tries),
        "divergences": [t["divergences"] for t in tries],
        "target_accept": tries[-1]["target_accept"],
        "min_bulk_ess": round(float(worst["ess_bulk"])),
        "slowest": worst["quantity"],
        "advice": run.stage("gate").about["advice"],
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seeds", type=int, nargs="?", default=40)
    parser.add_argument("share", type=int, nargs="?", default=0)
    parser.add_argument("of", type=int, nargs="?", default=1)
    parser.add_argument("--target", type=float)
    asked = parser.parse_args()
    code = code_digest(*CODE)[:12]
    kind = "" if asked.target is None else f"-{asked.target:g}"
    path = HERE / f"seeds{kind}{f'.{asked.share}' if asked.of > 1 else ''}.jsonl"
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    done = {r["seed"]: r for r in map(json.loads, kept) if r["code"] == code}
    path.write_text("".join(json.dumps(r) + "\n" for r in done.values()), encoding="utf-8")
    for seed in range(FIRST + asked.share, FIRST + asked.seeds, asked.of):
        if seed in done:
            continue
        result = {"code": code, **one(seed, asked.target)}
        done[seed] = result
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(result, flush=True)
    results = [done[s] for s in sorted(done)]
    passed = sum(r["passed"] for r in results)
    once = sum(r["passed"] and r["tries"] == 1 for r in results)
    print(f"{passed} of {len(results)} end with exit 0, {once} without a restart")


if __name__ == "__main__":
    main()
