"""Nutpie's chains, each its own sampler, so that a chain depends on its number alone and is had when finished."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from workflows.evaluate import with_deterministics
from workflows.spec import SamplingSpec


def nutpie_chains(
    compiled: Any,
    model: pm.Model,
    points: Mapping[int, Mapping[str, np.ndarray]],
    seeds: Mapping[int, int],
    spec: SamplingSpec,
    cores: int,
    progress: Callable[[int, int, int, int], None] = lambda *_: None,
) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain number, nutpie's draws) as chains finish, `cores` at a time.

    Parameters
    ----------
    compiled : nutpie.CompiledModel
        `model` compiled, perhaps under other data.
    model : Model
    points : mapping
        Chain to its unconstrained start.
    seeds : mapping
        Chain to its seed.
    spec : SamplingSpec
    cores : int
    progress : callable
        Called with (chain, draws done, draws in all, divergences so far).
    """
    import nutpie

    order = [model.rvs_to_values[rv].name for rv in model.free_RVs]
    waiting = list(points)
    running: dict[int, Any] = {}
    try:
        while waiting or running:
            while waiting and len(running) < cores:
                chain = waiting.pop(0)
                flat = np.concatenate([points[chain][name].ravel() for name in order])

                def report(state: list, chain: int = chain) -> None:
                    one = state[0]
                    progress(chain, one.finished_draws, spec.tune + spec.draws, one.divergences)

                running[chain] = nutpie.sample(
                    dataclasses.replace(compiled, initial_point_func=lambda _seed, x=flat: x),
                    chains=1,
                    cores=1,
                    tune=spec.tune,
                    draws=spec.draws,
                    seed=seeds[chain],
                    save_warmup=False,
                    progress_bar=False,
                    progress_callback=report,
                    target_accept=spec.target_accept,
                    maxdepth=spec.max_treedepth,
                    blocking=False,
                )
            for chain in [c for c, sampler in running.items() if _finished(sampler)]:
                tree = running.pop(chain).wait()
                posterior = with_deterministics(model, tree["posterior"].to_dataset())
                stats = tree["sample_stats"].to_dataset()
                yield chain, xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
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
