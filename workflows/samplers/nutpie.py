"""Nutpie (Numba): each chain its own sampler, so that it depends on its number alone and is had when finished."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from workflows.samplers._sampler import Asked, Sampler

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

    from workflows.spec.run import SamplingSpec


def _compiled(model: pm.Model) -> Any:
    from workflows.native.program import compiled

    return compiled(model)


def _chains(program: Any, model: pm.Model, asked: Asked) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain, its draws of free variables) as chains finish, `asked.cores` at a time."""
    import nutpie

    from workflows.native.program import with_data_of

    program = with_data_of(model, program)
    order = [model.rvs_to_values[rv].name for rv in model.free_RVs]
    waiting = list(asked.points)
    running: dict[int, Any] = {}
    try:
        while waiting or running:
            while waiting and len(running) < asked.cores:
                chain = waiting.pop(0)
                flat = np.concatenate([np.ravel(asked.points[chain][name]) for name in order])

                def report(state: list, chain: int = chain) -> None:
                    one = state[0]
                    asked.progress(chain, one.finished_draws, asked.iterations, one.divergences)

                running[chain] = nutpie.sample(
                    dataclasses.replace(program, initial_point_func=lambda _seed, x=flat: x),
                    chains=1,
                    cores=1,
                    tune=asked.spec.tune,
                    draws=asked.spec.draws,
                    seed=asked.seeds[chain],
                    save_warmup=False,
                    progress_bar=False,
                    progress_callback=report,
                    target_accept=asked.spec.target_accept,
                    maxdepth=asked.spec.max_treedepth,
                    blocking=False,
                )
            for chain in [c for c, sampler in running.items() if _finished(sampler)]:
                yield chain, running.pop(chain).wait()
            time.sleep(0.02)
    finally:
        for sampler in running.values():
            sampler.cancel()


def _finished(sampler: Any) -> bool:
    """Whether a background sampler is done; on a busy machine the question itself can time out."""
    try:
        return sampler.is_finished
    except TimeoutError:
        return False


def _together(program: Any, model: pm.Model, spec: SamplingSpec, seed: int, cores: int) -> xr.DataTree:
    """All chains of one seed, from nutpie's own starts, trees as deep as it lets them grow."""
    import nutpie

    from workflows.native.program import with_data_of

    return nutpie.sample(
        with_data_of(model, program),
        chains=spec.chains,
        cores=cores,
        tune=spec.tune,
        draws=spec.draws,
        seed=seed,
        save_warmup=False,
        progress_bar=False,
        target_accept=spec.target_accept,
    )


SAMPLER = Sampler(
    words="always, unless you have a reason",
    statistics={
        "diverging": "diverging",
        "energy": "energy",
        "depth": "tree_depth",
        "maxdepth_reached": "reached_max_treedepth",
        "n_steps": "n_steps",
        "step_size": "step_size",
        "logp": "lp",
    },
    compiled=_compiled,
    chains=_chains,
    together=_together,
)
