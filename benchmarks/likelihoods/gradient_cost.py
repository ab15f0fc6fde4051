"""Milliseconds per gradient of each likelihood: 170 states, 12 operation-years, about nine in ten rows zero.

    OMP_NUM_THREADS=1 python benchmarks/likelihoods/gradient_cost.py [rows] > benchmarks/likelihoods/gradient_cost.csv

The likelihood alone, as a function of vectors of predictors and its own parameters; and with predictors built by gathers
of state, operation and slope effects, as a model has them. The latter also as PyTensor compiles by itself, without
`workflows.machine.compiling.LEFT_OUT`. CPU time, the best of several repetitions, because the machine may be shared;
beside it the CPU-seconds of compiling, later columns with what those before left in the cache.
"""

from __future__ import annotations

import sys
import time
import timeit
from collections.abc import Callable, Sequence

import numpy as np
import pytensor
import pytensor.tensor as pt

from models.likelihoods import get
from tests.models.likelihood_cases import NAMES, PARAMETERS, TYPICAL, observed
from workflows.machine.compiling import exact
from workflows.machine.mode import machine_code
from workflows.store.collect import seldom


def _compiled(cost, inputs, values, mode) -> tuple[Callable[[], object], float]:
    """A gradient at some values, and the seconds until there was one."""
    values = [np.asarray(value, float) for value in values]
    began = time.process_time()
    with exact(), seldom():
        outputs = [cost, *(pytensor.grad(cost, inputs) or ())]
        function = pytensor.function(inputs, outputs, mode=mode, trust_input=True)
        function(*values)
    return lambda: function(*values), time.process_time() - began


def _milliseconds(functions: Sequence[Callable[[], object]]) -> list[float]:
    """What each takes, one after the other and again, since the machine is slower at times."""
    found = [
        [timeit.timeit(function, timer=time.process_time, number=50) for function in functions]
        for _ in range(40)
    ]
    return [1e3 * min(times) / 50 for times in zip(*found, strict=True)]


def main(rows: int) -> None:
    rng = np.random.default_rng(1)
    state, operation = np.arange(rows) % 170, (np.arange(rows) // 170) % 12
    potential = rng.normal(size=rows)
    kinds = ("alone", "with_predictors", "as_pytensor_compiles")
    print(
        "likelihood,rows,zeros,",
        ",".join(f"{kind}_{unit}" for kind in kinds for unit in ("ms", "compile_s")),
        sep="",
    )
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
        alone = _compiled(
            likelihood.logp(outcome, vectors, scalars).sum(),
            [*vectors.values(), *scalars.values()],
            [*eta.values(), *PARAMETERS[name].values()],
            machine_code(),
        )
        inputs, values, built = [], [], {}
        for part in likelihood.parts:
            level, slope, effect = pt.vector(), pt.vector(), pt.vector()
            inputs += [level, slope, effect]
            values += [np.full(12, typical[part]), np.zeros(12), np.zeros(170)]
            built[part] = level[operation] + slope[operation] * potential + effect[state]
        whole, usual = (
            _compiled(
                likelihood.logp(outcome, built, scalars).sum(),
                [*inputs, *scalars.values()],
                [*values, *PARAMETERS[name].values()],
                mode,
            )
            for mode in (machine_code(), "NUMBA")
        )
        functions, seconds = zip(alone, whole, usual, strict=True)
        costs = [f"{ms:.4f},{s:.1f}" for ms, s in zip(_milliseconds(functions), seconds, strict=True)]
        print(name, rows, f"{np.mean(outcome.troops == 0):.3f}", *costs, sep=",", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4440)
