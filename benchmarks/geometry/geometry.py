"""What an effective draw costs, and how often a fit diverges: this checkout against an earlier commit, in one run.

    OMP_NUM_THREADS=1 python benchmarks/geometry/geometry.py COMMIT [spec ...] [--data DIR] [--target 0.7]

For each spec both checkouts sample the joint posterior of the same panel spec in turn, four chains one after the
other on one core, with the spec's own warm-up and target_accept (or --target), DRAWS draws a chain. Compilation is
not counted. Reported: divergences, leapfrog steps a draw, smallest bulk ESS of any free variable and of any reported
effect, the same per CPU-second of sampling, and the ratio of the two. Result: geometry.csv beside this file.

Where the model changed between the two, the ratio is that of a user's fit then and now, not of one density.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SPECS = ("bundled", "gannon-kent", "pooled")
DRAWS, CHAINS, SEED = 1500, 4, 1

ONE = """
import json, sys, time
from pathlib import Path
import arviz as az, nutpie, numpy as np, xarray as xr
from data.panel import build_panel
from models.joint import joint
try:
    from workflows.draws.starts import starts
    from workflows.estimands.effects import headline_effect
    from workflows.estimands.fit import Fit
    from workflows.sampling.program import Program, chain_seed, combine
    from workflows.spec.run import load_spec
except ImportError:
    # A commit from before workflows had rooms.
    from workflows.effects import headline_effect
    from workflows.fit import Fit
    from workflows.program import Program, chain_seed, combine
    from workflows.spec import load_spec
    from workflows.starts import starts

name, data, target, draws, chains, seed = json.loads(sys.argv[1])
spec = load_spec(name)
built = joint(build_panel(spec.panel, Path(data) if data else None), spec.model)
sampling = spec.sampling.model_copy(update={"draws": draws, **({"target_accept": target} if target else {})})
points = {c: starts(built, c, seed) for c in range(chains)}
seeds = {c: chain_seed(seed, c) for c in range(chains)}
program = Program(built.model)
draw = lambda spec: program.chains(points, seeds, spec, cores=1)
# Compiling is not counted.
next(draw(sampling.model_copy(update={"tune": 10, "draws": 10})))
began = time.process_time()
found = dict(draw(sampling))
cpu = time.process_time() - began
trees = {
    c: xr.DataTree.from_dict(
        {g: t[g].to_dataset().assign_coords(chain=[c]) for g in ("posterior", "sample_stats")}
    )
    for c, t in found.items()
}
tree = combine(trees)
free = [rv.name for rv in built.model.free_RVs]
posterior = tree["posterior"].to_dataset()
ess = {n: float(v.min()) for n, v in az.ess(posterior[free]).data_vars.items()}
effect = headline_effect(Fit(built, tree))
own = {n: float(v.min()) for n, v in az.ess(xr.Dataset(effect.data_vars, effect.coords)).data_vars.items()}
worst = min(ess, key=ess.get)
stats = tree["sample_stats"].to_dataset()
print(json.dumps({
    "rows": built.panel.sizes["row"], "target_accept": sampling.target_accept,
    "draws": draws * chains, "divergences": int(stats["diverging"].sum()),
    "steps_a_draw": round(float(stats["n_steps"].mean()), 1), "cpu_seconds": round(cpu, 1),
    "min_bulk_ess": round(ess[worst]), "slowest": worst, "effect_bulk_ess": round(min(own.values())),
    "ess_a_cpu_second": round(ess[worst] / cpu, 2),
}))
"""


def measured(checkout: Path, name: str, data: str | None, target: float | None) -> dict:
    """One fit of a spec by the code of a checkout."""
    task = json.dumps([name, data if name != "bundled" else None, target, DRAWS, CHAINS, SEED])
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ONE, task],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("commit")
    parser.add_argument("specs", nargs="*", default=SPECS)
    parser.add_argument("--data")
    parser.add_argument("--target", type=float)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        subprocess.run(["git", "worktree", "add", "--detach", before, asked.commit], cwd=ROOT, check=True)
        try:
            for name in asked.specs:
                pair = [measured(c, name, asked.data, asked.target) for c in (before, ROOT)]
                ratio = pair[1]["ess_a_cpu_second"] / pair[0]["ess_a_cpu_second"]
                for code, row in zip((asked.commit, "this"), pair, strict=True):
                    rows.append({"spec": name, "code": code, **row, "ratio": round(ratio, 2)})
                    print(rows[-1], flush=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", before], cwd=ROOT, check=False)
    kind = "" if asked.target is None else f"-{asked.target:g}"
    pd.DataFrame(rows).to_csv(HERE / f"geometry{kind}.csv", index=False)


if __name__ == "__main__":
    main()
