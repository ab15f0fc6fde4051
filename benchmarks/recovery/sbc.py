"""Simulation-based calibration of the contribution model on a small panel (Talts et al. 2018).

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/recovery/sbc.py hurdle_beta [simulations [seed]]
    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/recovery/sbc.py table

40 states, 4 operation-years; truth is drawn from the prior, the outcome from the truth. Each simulation is
one line of results/sbc_<likelihood>.jsonl and is not done twice; `table` writes results/sbc.csv.

The priors are narrower than the defaults (below; of slopes and similarity per SD, as everywhere): under those, one
simulated panel in a few has beta shares that no floating-point number holds. Ranks are judged by the simultaneous
95 % bands of the empirical distribution function (Saeilynoja, Buerkner & Vehtari 2022) from ArviZ, at a level shared
out over the quantities of a likelihood; `inside_95_alone` is the same at 95 % for one quantity, of which one in twenty
may fall outside.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from arviz_stats.ecdf_utils import ecdf_pit

from benchmarks.recovery.repeated import Repeated, r_hats, resumed
from models.likelihoods import get
from models.simulate import SMALL, prior_truths, with_outcome
from models.spec import ModelSpec
from workflows.judge.bands import LEVEL, level_of_each, pit

RESULTS = Path(__file__).resolve().parent / "results"
SEED, WORST_R_HAT = 20260202, 1.05
#: Posterior draws among which a truth is ranked, thinned to near independence.
KEPT, CHAINS, TUNE, DRAWS = 99, 2, 500, 750
#: Entries of a vector that are ranked.
FIRST = 3
PRIORS = {
    "slope": 0.2, "slope_spread": 0.1, "similarity": 0.2, "similarity_spread": 0.1, "control": 0.3,
    "state": 0.7, "treaty": 0.5, "operation_year": 0.3, "intercept_sd": 0.5,
}  # fmt: skip
#: Those of a likelihood's own parameters, by their names.
OWN = {
    "precision": {"family": "LogNormal", "mu": math.log(100.0), "sigma": 0.7},
    "size_sd": {"family": "LogNormal", "mu": math.log(0.9), "sigma": 0.4},
    "residual_sd": {"family": "LogNormal", "mu": math.log(0.01), "sigma": 0.5},
    "shape": {"family": "LogNormal", "mu": math.log(0.8), "sigma": 0.4},
    "lower_cut": {"family": "Normal", "mu": -3.0, "sigma": 0.5},
    "cut_gap": {"family": "LogNormal", "mu": math.log(8.0), "sigma": 0.2},
}


def simulation(repeated: Repeated, truth: dict, task: int, seed: int = SEED) -> dict:
    """One outcome of the prior predictive, its fit, and the ranks of the truth."""
    rng = np.random.default_rng([seed, task])
    truth = repeated.fixed() | truth
    panel = with_outcome(repeated.panel, repeated.spec, truth, rng)
    names = [v.name for v in repeated.model.free_RVs if not v.name.endswith("_raw")]
    names += [v.name for v in repeated.model.deterministics]
    started = time.process_time()
    tree = repeated.sample(panel, chains=CHAINS, tune=TUNE, draws=DRAWS, seed=seed + task)
    posterior = tree["posterior"].to_dataset()
    ranks: dict[str, list[int]] = {}
    for name in names:
        drawn = posterior[name].to_numpy().reshape(CHAINS * DRAWS, -1)[:, :FIRST]
        step = len(drawn) // KEPT
        below = drawn[::step][:KEPT] < truth[name].to_numpy().ravel()[:FIRST]
        ranks[name] = [int(count) for count in below.sum(0)]
    return {
        "zeros": round(float((panel["troops"] == 0).mean()), 4),
        "cpu_seconds": round(time.process_time() - started, 2),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "unconverged": int(sum((~(r <= WORST_R_HAT)).sum() for r in r_hats(posterior, names).values())),
        "ranks": ranks,
    }


def run(name: str, simulations: int, seed: int = SEED) -> None:
    priors = PRIORS | {"dispersion": {own: OWN[own] for own in get(name).priors}}
    spec = ModelSpec.model_validate({"contribution": {"likelihood": name, "priors": priors}})
    repeated = Repeated(spec, SMALL, seed)
    truths = prior_truths(repeated.model, simulations, seed)
    started = time.time()
    path = RESULTS / (f"sbc_{name}.jsonl" if seed == SEED else f"sbc_{name}_seed{seed}.jsonl")
    for result in resumed(path, simulations, lambda task: simulation(repeated, truths[task], task, seed)):
        progress = [result[key] for key in ("task", "cpu_seconds", "divergences")]
        print(name, *progress, round(time.time() - started), flush=True)


def beyond(ranks: np.ndarray, level: float) -> float:
    """How far the distribution function of ranks leaves simultaneous bands; at most 0 if it does not."""
    _, ecdf, lower, upper = ecdf_pit(
        pit({"": ranks}, KEPT, SEED)[""], level, 2000, rng=np.random.default_rng(SEED)
    )
    return float(np.max(np.maximum(ecdf - upper, lower - ecdf)))


def table() -> pd.DataFrame:
    """One row a quantity: how far its distribution of ranks leaves the simultaneous bands."""
    rows = []
    for path in sorted(RESULTS.glob("sbc_*.jsonl")):
        results = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        ranks = {
            f"{name}[{k}]" if len(first) > 1 else name: np.array([r["ranks"][name][k] for r in results])
            for name, first in results[0]["ranks"].items()
            for k in range(len(first))
        }
        level = level_of_each(len(ranks))
        for quantity, values in ranks.items():
            alone, shared = (beyond(values, at) for at in (LEVEL, level))
            rows.append(
                {
                    "likelihood": path.stem.removeprefix("sbc_"),
                    "quantity": quantity,
                    "simulations": values.size,
                    "mean_rank": round(float(values.mean() / KEPT), 3),
                    "beyond_bands": round(max(shared, 0.0), 4),
                    "passed": shared <= 0,
                    "band_level": round(level, 5),
                    "inside_95_alone": alone <= 0,
                    "unconverged_fits": sum(r["unconverged"] > 0 for r in results),
                    "fits_with_divergences": sum(r["divergences"] > 0 for r in results),
                }
            )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    if sys.argv[1] == "table":
        found = table()
        found.to_csv(RESULTS / "sbc.csv", index=False)
        print(found.to_string(index=False))
    else:
        run(sys.argv[1], *([int(argument) for argument in sys.argv[2:]] or [200]))
