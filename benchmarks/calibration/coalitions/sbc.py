"""Simulation-based calibration of the pooled model of coalitions (Talts et al. 2018).

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/calibration/coalitions/sbc.py [SIMULATIONS [SEED]]

60 states, nine operations of the three groups, three treaties, the default priors. Truth comes from the prior; ties,
provisions and contributions from the truth, of which each operation's lists know what such lists know (the kind;
100 and more; names). Each simulation is a line of simulations-SEED.jsonl and is not done twice; verdict-SEED.json judges
all of a series. One that leaves a band is neither lengthened nor replaced: another, with another seed, stands beside it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.calibration.coalitions.world import CoalitionWorlds, synthetic_design
from benchmarks.recovery.repeated import resumed
from workflows.draws.evaluate import with_deterministics
from workflows.sampling.program import Program
from workflows.series.calibrate import THIN, judge, one_chain, ranked
from workflows.store.store import versions

HERE = Path(__file__).resolve().parent
SEED = 20171128


def simulation(worlds: CoalitionWorlds, program: Program, series: int, number: int) -> dict:
    """One world, its fit, and the rank (0..KEPT) of each true value."""
    rng = np.random.default_rng([series, number])
    world = worlds.world(rng)
    program.with_data(**world.data)
    began = time.process_time()
    tree = one_chain(program, series, number)
    free = tree["posterior"].to_dataset()[[v.name for v in worlds.model.free_RVs]]
    kept = with_deterministics(worlds.model, free.isel(draw=slice(THIN - 1, None, THIN)))
    truth, drawn = worlds.quantities(world.truth), worlds.quantities(kept)
    zeros = round(float((world.kinds == 0).mean()), 4)
    return {"zeros": zeros, **ranked(program, tree, truth, drawn, began)}


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
