"""Milliseconds per gradient of each likelihood: 170 states, 12 operation-years, about nine in ten rows zero.

    OMP_NUM_THREADS=1 python benchmarks/likelihoods/gradient_cost.py [rows] > benchmarks/likelihoods/gradient_cost.csv

Two columns: the likelihood alone, as a function of vectors of predictors and its own parameters;
and with predictors built by gathers of state, operation and slope effects, as a model has them.
CPU time, the best of several repetitions, because the machine may be shared.
"""

from __future__ import annotations

import sys
import time
import timeit

import numpy as np
import pytensor
import pytensor.tensor as pt

from models.likelihoods import get
from tests.models.likelihood_cases import NAMES, PARAMETERS, TYPICAL, observed


def _milliseconds(cost, inputs, values) -> float:
    function = pytensor.function(
        inputs, [cost, *(pytensor.grad(cost, inputs) or ())], mode="NUMBA", trust_input=True
    )
    values = [np.asarray(value, float) for value in values]
    function(*values)
    return (
        1e3
        * min(timeit.repeat(lambda: function(*values), timer=time.process_time, number=50, repeat=12))
        / 50
    )


def main(rows: int) -> None:
    rng = np.random.default_rng(1)
    state, operation = np.arange(rows) % 170, (np.arange(rows) // 170) % 12
    potential = rng.normal(size=rows)
    print("likelihood,rows,zeros,alone_ms,with_predictors_ms")
    for name in NAMES:
        likelihood = get(name)
        typical = TYPICAL[name] | {"participation": -2.3}
        if name == "ordered_beta":
            typical["share"] = -5.3
        forces = rng.integers(500, 200_000, rows).astype(float)
        eta = {part: np.full(rows, typical[part]) for part in likelihood.parts}
        params = {key: np.full(1, value) for key, value in PARAMETERS[name].items()}
        outcome = observed(likelihood, likelihood.simulate(rng, eta, params, forces), forces)
        scalars = {key: pt.scalar(key) for key in params}
        vectors = {part: pt.vector(part) for part in likelihood.parts}
        alone = _milliseconds(
            likelihood.logp(outcome, vectors, scalars).sum(),
            [*vectors.values(), *scalars.values()],
            [*eta.values(), *PARAMETERS[name].values()],
        )
        inputs, values, built = [], [], {}
        for part in likelihood.parts:
            level, slope, effect = pt.vector(), pt.vector(), pt.vector()
            inputs += [level, slope, effect]
            values += [np.full(12, typical[part]), np.zeros(12), np.zeros(170)]
            built[part] = level[operation] + slope[operation] * potential + effect[state]
        whole = _milliseconds(
            likelihood.logp(outcome, built, scalars).sum(),
            [*inputs, *scalars.values()],
            [*values, *PARAMETERS[name].values()],
        )
        print(f"{name},{rows},{np.mean(outcome.troops == 0):.3f},{alone:.4f},{whole:.4f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4440)
