"""Cost of a gradient and of an effective draw, by sampler, on a bundled model.

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/samplers/samplers.py [spec] [draws] [device]

Two chains, one after the other, so that CPU time is that of one thread. ESS is the smallest bulk ESS of
the free parameters; gradients are timed at the model's starting point, the best of seven rounds.
Results: samplers.csv beside this file, one row a sampler, with machine and versions.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from pathlib import Path

import arviz as az
import numpy as np
import pandas as pd

from data.panel import build_panel
from models.joint import Joint, joint
from workflows.run.record import machine
from workflows.sampling.chains import run_chains
from workflows.sampling.program import combine, quiet_threads
from workflows.spec.run import SamplingSpec, load_spec
from workflows.store.store import versions

ROUNDS, REPEATS = 7, 200


def best(call) -> float:
    """Milliseconds of one call."""
    call()
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(REPEATS):
            call()
        rounds.append((time.perf_counter() - started) / REPEATS)
    return 1000 * min(rounds)


def gradient(built: Joint, sampler: str) -> float:
    """Milliseconds of one density with its gradient, as the sampler evaluates it."""
    model = built.model
    point = model.initial_point()
    if sampler == "numpyro":
        import jax
        from pymc.sampling.jax import get_jaxified_logp

        jax.config.update("jax_enable_x64", True)
        call = jax.jit(jax.value_and_grad(get_jaxified_logp(model, negative_logp=False)))
        start = [jax.numpy.asarray(point[v.name]) for v in model.value_vars]
        return best(lambda: jax.block_until_ready(call(start)))
    if sampler == "nutpie":
        import nutpie

        compiled = nutpie.compile_pymc_model(model, backend="numba")
        logp = compiled.compiled_logp_func
        flat = np.concatenate([np.ravel(point[model.rvs_to_values[rv].name]) for rv in model.free_RVs])
        user, address = compiled.user_data.ctypes.data, logp.ctypes
        of_double = ctypes.POINTER(ctypes.c_double)
        arrays = (flat, np.zeros_like(flat), np.zeros(1))
        at, grad, out = (a.ctypes.data_as(of_double) for a in arrays)
        return best(lambda: address(flat.size, at, grad, out, user))
    function = model.logp_dlogp_function(ravel_inputs=True)
    function.set_extra_values({})
    from pymc.blocking import DictToArrayBijection

    flat = DictToArrayBijection.map(point).data
    return best(lambda: function._pytensor_function(flat))


def measure(built: Joint, sampler: str, draws: int, device: str) -> dict:
    timing: dict[str, float] = {}
    spec = SamplingSpec(
        sampler=sampler, chains=2, tune=draws, draws=draws, target_accept=0.9, seed=1,
        device=device if sampler == "numpyro" else "cpu",
    )  # fmt: skip
    cpu, wall = time.process_time(), time.perf_counter()
    tree = combine(dict(run_chains(built, spec, cores=1, timing=timing)))
    wall = time.perf_counter() - wall
    sampling = time.process_time() - cpu - timing["compile_seconds"]
    free = tree["posterior"].to_dataset()[[v.name for v in built.model.free_RVs]]
    ess = min(float(v.min()) for v in az.ess(free, method="bulk").data_vars.values())
    try:
        milliseconds = gradient(built, sampler)
    except Exception as error:
        print(f"{sampler}: gradient not timed alone ({error})", file=sys.stderr)
        milliseconds = float("nan")
    steps = float(tree["sample_stats"]["n_steps"].sum())
    return {
        "sampler": sampler,
        "device": spec.device,
        "rows": built.panel.sizes["row"],
        "draws": draws,
        "compile_seconds": round(timing["compile_seconds"], 1),
        "wall_seconds": round(wall, 1),
        "sampling_cpu_seconds": round(sampling, 1),
        "gradient_ms": round(milliseconds, 4),
        "steps_a_draw": round(steps / (2 * draws), 1),
        "min_bulk_ess": round(ess, 1),
        "min_ess_per_cpu_second": round(ess / max(sampling, 1e-9), 3),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
    }


def main() -> None:
    quiet_threads()
    spec = load_spec(sys.argv[1] if len(sys.argv) > 1 else "bundled")
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    device = sys.argv[3] if len(sys.argv) > 3 else "cpu"
    built = joint(build_panel(spec.panel), spec.model)
    rows = []
    for sampler in ("nutpie", "numpyro", "pymc"):
        rows.append(measure(built, sampler, draws, device))
        print(rows[-1], flush=True)
    place = Path(__file__).resolve().parent
    pd.DataFrame(rows).to_csv(place / "samplers.csv", index=False)
    about = {"spec": spec.name, "machine": machine(), "versions": versions()}
    (place / "about.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
