"""Simulation-based calibration of the pooled model of coalitions (Talts et al. 2018).

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/calibration/coalitions/sbc.py [SIMULATIONS [SEED]]

60 states, nine operations of the three groups, three treaties, the default priors. Truth comes from the prior; ties,
provisions and contributions from the truth, of which each operation's lists know what such lists know (the kind;
100 and more; names). Each simulation is a line of simulations-SEED.jsonl and is not done twice; verdict-SEED.json judges
all of a series. One that leaves a band is neither lengthened nor replaced: another, with another seed, stands beside it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import arviz as az
import numpy as np

from benchmarks.recovery.repeated import resumed
from workflows.calibrate import KEPT, THIN, TUNE, _halves, judge
from workflows.coalition_world import CoalitionWorlds, synthetic_design
from workflows.evaluate import with_deterministics
from workflows.program import Program, chain_seed
from workflows.spec import SamplingSpec
from workflows.starts import near_the_centre
from workflows.store import versions

HERE = Path(__file__).resolve().parent
SEED = 20171128


def simulation(worlds: CoalitionWorlds, program: Program, series: int, number: int) -> dict:
    """One world, its fit, and the rank (0..KEPT) of each true value."""
    rng = np.random.default_rng([series, number])
    world = worlds.world(rng)
    start = near_the_centre(worlds.model, np.random.default_rng([series, number, 1]))
    sampling = SamplingSpec(chains=1, tune=TUNE, draws=KEPT * THIN, target_accept=0.95)
    program.with_data(**world.data)
    began = time.process_time()
    seed = {0: chain_seed(series, number)}
    (_, tree), *_ = program.chains({0: start}, seed, sampling, cores=1, whole=False)
    free = tree["posterior"].to_dataset()[[v.name for v in worlds.model.free_RVs]]
    kept = with_deterministics(worlds.model, free.isel(draw=slice(THIN - 1, None, THIN)))
    truth, drawn = worlds.quantities(world.truth), worlds.quantities(kept)
    with np.errstate(all="ignore"):
        r_hat = max(float(v.max()) for v in az.rhat(_halves(free)).data_vars.values())
        ess = min(float(v.min()) for v in az.ess(free).data_vars.values())
    return {
        "zeros": round(float((world.kinds == 0).mean()), 4),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "max_r_hat": round(r_hat, 4),
        "min_ess": round(ess, 1),
        "cpu_seconds": round(time.process_time() - began, 2),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "ranks": {name: int((drawn[name] < truth[name][0]).sum()) for name in truth},
    }


def main(simulations: int, series: int) -> None:
    design, knows = synthetic_design(SEED)
    worlds = CoalitionWorlds(design, knows)
    program = Program(worlds.model)
    path, found = HERE / f"simulations-{series}.jsonl", []
    for result in resumed(path, simulations, lambda k: simulation(worlds, program, series, k)):
        found.append(result)
        print(*(result[k] for k in ("task", "cpu_seconds", "divergences", "max_r_hat", "zeros")), flush=True)
    verdict = judge(found) | {"simulations": len(found), "seed": series, "versions": versions()}
    (HERE / f"verdict-{series}.json").write_text(json.dumps(verdict, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({k: v for k, v in verdict.items() if k != "versions"}, indent=2))


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [150, SEED][len(given) :]))
