"""Calibration of the measurement of ties alone, 400 worlds of 60 states: is `sbc.py`'s one quantity outside chance?

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/calibration/coalitions/ties.py

Writes ties.json: how often a true uniqueness lay below or above all 99 draws, by kind, beside what is expected, and
the verdict of the simultaneous bands.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pymc as pm

from models.coalition import breadth_of_ties
from models.coalition_priors import CoalitionPriors
from workflows.judge.bands import bands, level_of_each, outside
from workflows.machine.compiling import exact
from workflows.sampling.program import Program
from workflows.series.calibrate import KEPT, THIN, one_chain

SEED, WORLDS, STATES, KINDS = 99, 400, 60, 4
NAMES = ("breadth", "tie_loading", "tie_uniqueness")


def main() -> None:
    coords = {"kind": list(range(KINDS)), "state": list(range(STATES))}
    with pm.Model(coords=coords) as model:
        breadth_of_ties(pm.Data("seen", np.zeros((STATES, KINDS))), KINDS, CoalitionPriors())
    program = Program(model)
    ranks = []
    for number in range(WORLDS):
        rng = np.random.default_rng([SEED, number])
        with exact():
            drawn = pm.draw([model[name] for name in NAMES], random_seed=rng.integers(2**31))
        breadth, loading, uniqueness = map(np.asarray, drawn)
        noise = np.sqrt(uniqueness) * rng.standard_normal((STATES, KINDS))
        program.with_data(seen=breadth[:, None] * loading + noise)
        tree = one_chain(program, SEED, number)
        draws = tree["posterior"]["tie_uniqueness"].values[0][THIN - 1 :: THIN]
        ranks.append((draws < uniqueness).sum(axis=0))
    found = np.array(ranks)
    spread = (found + np.random.default_rng(1).random(found.shape)) / (KEPT + 1)
    by_kind = {f"tie_uniqueness {k + 1}": spread[:, k] for k in range(KINDS)}
    answer = {
        "worlds": WORLDS,
        "seed": SEED,
        "expected": WORLDS / (KEPT + 1),
        "below_all_draws": (found == 0).sum(axis=0).tolist(),
        "above_all_draws": (found == KEPT).sum(axis=0).tolist(),
        "outside": outside(bands(by_kind, level_of_each(KINDS))),
    }
    path = Path(__file__).resolve().parent / "ties.json"
    path.write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
