"""PyMC's own NUTS, one chain after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from workflows.samplers._sampler import COMMON, Asked, Sampler

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr


def _chains(_: pm.Model, model: pm.Model, asked: Asked) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain, its draws), compiling for each."""
    import pymc as pm

    from workflows.draws.starts import constrained
    from workflows.machine.compiling import exact

    spec = asked.spec
    for chain, point in asked.points.items():
        started = time.perf_counter()
        # Early warm-up may overflow: the step is then rejected, and nothing is wrong.
        with model, exact(), np.errstate(over="ignore", invalid="ignore"):
            tree = pm.sample(
                tune=spec.tune,
                draws=spec.draws,
                chains=1,
                cores=1,
                nuts_sampler="pymc",
                initvals=constrained(model, point),
                init="adapt_diag",
                random_seed=asked.seeds[chain],
                progressbar=False,
                compile_kwargs={"mode": "NUMBA"},
                compute_convergence_checks=False,
                nuts={"target_accept": spec.target_accept, "max_treedepth": spec.max_treedepth},
            )
        compiling = (
            time.perf_counter() - started - float(tree["posterior"].attrs.get("sampling_time", np.nan))
        )
        asked.timing["compile_seconds"] = asked.timing.get("compile_seconds", 0.0) + compiling
        asked.progress(
            chain, asked.iterations, asked.iterations, int(tree["sample_stats"]["diverging"].sum())
        )
        yield chain, tree


SAMPLER = Sampler(
    words="you want PyMC's own sampler for comparison; slowest",
    statistics={name: name for name in COMMON},
    chains=_chains,
)
