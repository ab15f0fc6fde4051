"""Do nominal 90 % intervals cover the truth on panels of realistic size?

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/recovery/recovery.py hurdle_beta [replicates]
    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/recovery/recovery.py table

170 states, 13 operation-years, about nine in ten rows zero; depth is known. Fixed plausible means and
spreads, group effects drawn anew for each replicate. Each replicate is one line of
results/recovery_<likelihood>.jsonl and is not done twice; `table` writes results/recovery.csv.

A parameter of a replicate whose fit raised an error, or whose own R-hat exceeds 1.05, is a miss. The bounds
are binomial at 99 %, shared out (Bonferroni) over the parameters of a likelihood; effects of states,
operation-years and treaties each count as a parameter. Coverage above the upper bound is no error:
where the prior informs (a spread over four operations), intervals at a typical truth cover more.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from benchmarks.recovery.repeated import Repeated, r_hats, resumed
from models.simulate import Size, known_truth, with_outcome
from models.spec import ModelSpec

RESULTS = Path(__file__).resolve().parent / "results"
SEED, LEVEL, WORST_R_HAT = 20260101, 0.9, 1.05
CHAINS, TUNE, DRAWS = 2, 500, 500


def replicate(repeated: Repeated, task: int, tune: int = TUNE, draws: int = DRAWS) -> dict:
    """One simulated outcome, its fit, and which parameters were covered."""
    rng = np.random.default_rng([SEED, task])
    truth = repeated.fixed() | known_truth(repeated.panel, repeated.spec, rng)
    panel = with_outcome(repeated.panel, repeated.spec, truth, rng)
    names = [v.name for v in (*repeated.model.free_RVs, *repeated.model.deterministics) if v.name in truth]
    started = time.process_time()
    result: dict = {"zeros": round(float((panel["troops"] == 0).mean()), 4)}
    try:
        tree = repeated.sample(panel, chains=CHAINS, tune=tune, draws=draws, seed=SEED + task)
    except (RuntimeError, ValueError) as error:
        return result | {"error": str(error)[:200], "covered": {n: "0" * truth[n].size for n in names}}
    posterior = tree["posterior"].to_dataset()
    bad = {name: ~(r <= WORST_R_HAT) for name, r in r_hats(posterior, names).items()}
    covered, error = {}, {}
    for name in names:
        drawn = posterior[name].to_numpy().reshape(CHAINS * draws, -1)
        lower, middle, upper = np.quantile(drawn, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], axis=0)
        true = truth[name].to_numpy().ravel()
        inside = (lower <= true) & (true <= upper) & ~bad[name]
        covered[name] = "".join(str(int(hit)) for hit in inside)
        error[name] = round(float(np.mean((middle - true) / drawn.std(0))), 3)
    return result | {
        "cpu_seconds": round(time.process_time() - started, 2),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "unconverged": int(sum(b.sum() for b in bad.values())),
        "covered": covered,
        "z": error,
    }


def run(name: str, replicates: int) -> None:
    spec = ModelSpec.model_validate({"contribution": {"likelihood": name}})
    repeated = Repeated(spec, Size(other_treaties=0), SEED)
    started = time.time()
    results = resumed(RESULTS / f"recovery_{name}.jsonl", replicates, lambda task: replicate(repeated, task))
    for result in results:
        progress = [result.get(key) for key in ("task", "cpu_seconds", "unconverged")]
        print(name, *progress, round(time.time() - started), flush=True)


def table() -> pd.DataFrame:
    """One row a variable of a likelihood: coverage, and its elements outside the bounds."""
    rows = []
    for path in sorted(RESULTS.glob("recovery_*.jsonl")):
        results = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        hits = {
            name: np.array([[int(c) for c in result["covered"][name]] for result in results])
            for name in results[0]["covered"]
        }
        count, parameters = len(results), sum(array.shape[1] for array in hits.values())
        tail = 0.005 / parameters
        low, high = binom.ppf([tail, 1 - tail], count, LEVEL)
        for name, array in hits.items():
            each = array.sum(0)
            z = [result["z"][name] for result in results if "z" in result]
            rows.append(
                {
                    "likelihood": path.stem.removeprefix("recovery_"),
                    "variable": name,
                    "parameters": array.shape[1],
                    "replicates": count,
                    "failed_fits": sum("error" in result for result in results),
                    "coverage": round(float(array.mean()), 3),
                    "lowest": int(each.min()),
                    "highest": int(each.max()),
                    "bound_low": int(low),
                    "bound_high": int(high),
                    "below_bound": int((each < low).sum()),
                    "mean_error_in_sd": round(float(np.mean(z)), 3),
                    "cpu_seconds_a_fit": round(
                        float(np.median([r.get("cpu_seconds", np.nan) for r in results])), 1
                    ),
                }
            )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    if sys.argv[1] == "table":
        found = table()
        found.to_csv(RESULTS / "recovery.csv", index=False)
        print(found.to_string(index=False))
    else:
        run(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60)
