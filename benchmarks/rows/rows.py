"""Cost of one gradient of the joint hurdle model, and of one effective draw, against the number of rows.

Run with ``OMP_NUM_THREADS=1 python benchmarks/rows/rows.py [--backend native|jax] [--draws N] [--seed N] [rows ...]``
from the root. Panels have 170 states and three operations, each in as many periods as the rows need: four years of each
at 2,000 rows, monthly lists of three long operations at 200,000. Parameters grow with the periods alone.

With ``--draws N`` the posterior is sampled too, as a run samples it (by NumPyro for ``jax``), and an effective draw
costs the seconds of the whole sampling, warm-up included, over the smallest bulk ESS among all scalars of the
posterior (means, slopes, spreads, dispersion), sampled or following from what is. Chains begin where those of a run do:
at 200,000 rows random starts find a second mode, in which the outcome rewrites depth. Wall seconds of one process on
one core: a system that counts a process's time in ticks of milliseconds cannot time a gradient. Writes
``benchmarks/rows/rows-BACKEND.csv``.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import arviz as az
import numpy as np
import nutpie
import pandas as pd

from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.native import program
from workflows.sampling.chains import run_chains
from workflows.sampling.program import combine
from workflows.spec.run import SamplingSpec

HERE = Path(__file__).resolve().parent
OPERATIONS = 3
STATES = 170
TUNE = 500


def panel_of(rows: int, spec: ModelSpec):
    """Simulate a panel of about `rows` rows."""
    periods = max(1, round(rows / STATES / OPERATIONS))
    operations = {f"Operation {k + 1}": (2001, 2000 + periods) for k in range(OPERATIONS)}
    return simulate(spec, Size(states=STATES, operations=operations), seed=1)[0]


def cost(rows: int, backend: str, likelihood: str, draws: int, seed: int) -> dict[str, float]:
    """Time the gradient (the fastest of several repetitions) and, where `draws` are asked for, sampling."""
    spec = ModelSpec.model_validate({"contribution": {"likelihood": likelihood}})
    panel = panel_of(rows, spec)
    built = joint(panel, spec)
    started = time.perf_counter()
    if backend == "jax":
        compiled = nutpie.compile_pymc_model(built.model, backend="jax", gradient_backend="jax")
    else:
        compiled = program.compiled(built.model)
    compiling = time.perf_counter() - started
    call = gradient(compiled, backend)
    call()
    best = np.inf
    repeats = max(5, int(2e6 / rows))
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(max(1, repeats // 5)):
            call()
        best = min(best, (time.perf_counter() - began) / max(1, repeats // 5))
    found = {
        "rows": panel.sizes["row"],
        "parameters": compiled.n_dim,
        "zeros": float((panel["troops"] == 0).mean()),
        "compile_s": compiling,
        "gradient_ms": 1e3 * best,
    }
    return found | (sampled(backend, built, draws, seed) if draws else {})


def gradient(compiled, backend: str):
    """A call without arguments that computes density and gradient once, at one point."""
    point = 0.1 * np.random.default_rng(0).normal(size=compiled.n_dim)
    if backend == "jax":
        evaluate, kwargs = compiled._make_logp_func(), dict(compiled._shared_data)
        return lambda: np.asarray(evaluate(point, **kwargs)[1])
    slope, value = np.zeros(compiled.n_dim), np.zeros(1)
    real = ctypes.POINTER(ctypes.c_double)
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, real, real, real, ctypes.c_void_p)(
        compiled.compiled_logp_func.address
    )
    place = [array.ctypes.data_as(real) for array in (point, slope, value)]
    return lambda: function(point.size, *place, compiled.user_data.ctypes.data)


def sampled(backend: str, built, draws: int, seed: int) -> dict[str, float]:
    """Sample two chains after one another, from the starts of a run; what an effective draw costs."""
    spec = SamplingSpec(
        sampler="nutpie" if backend == "native" else "numpyro",
        chains=4, tune=TUNE, draws=draws, target_accept=0.8, seed=seed,
    )  # fmt: skip
    timing: dict[str, float] = {}
    tree = combine(dict(run_chains(built, spec, range(2), cores=1, timing=timing)))
    seconds = timing["sample_seconds"]
    posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"]
    every = (*built.model.free_RVs, *built.model.deterministics)
    scalars = [variable.name for variable in every if variable.ndim == 0]
    ess = {name: float(az.ess(posterior[[name]])[name]) for name in scalars}
    worst = min(ess, key=ess.__getitem__)
    return {
        "seconds": seconds,
        "steps": float(stats["n_steps"].mean()),
        "divergences": int(stats["diverging"].sum()),
        "r_hat": max(float(az.rhat(posterior[[name]])[name]) for name in scalars),
        "worst": worst,
        "min_bulk_ess": ess[worst],
        "ms_per_effective_draw": 1e3 * seconds / ess[worst],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=[2_000, 20_000, 200_000])
    parser.add_argument("--backend", default="native", choices=["native", "jax"])
    parser.add_argument("--likelihood", default="hurdle_beta")
    parser.add_argument("--draws", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1, help="of the chains and their starts")
    given = parser.parse_args()
    found = []
    for rows in given.rows:
        found.append(cost(rows, given.backend, given.likelihood, given.draws, given.seed))
        print(found[-1], flush=True)
    table = pd.DataFrame(found)
    table.insert(0, "backend", given.backend)
    table.insert(1, "likelihood", given.likelihood)
    table["times_first"] = table["gradient_ms"] / table["gradient_ms"].iloc[0]
    if given.draws:
        column = table["ms_per_effective_draw"]
        table["effective_draw_times_first"] = column / column.iloc[0]
    table.round(4).to_csv(HERE / f"rows-{given.backend}.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
