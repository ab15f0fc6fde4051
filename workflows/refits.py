"""Sampling one compiled model under many data sets: the imputations of `cut`, and what is left out in turn."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from models.refit import Refit
from workflows.sample import chain_seed, combine, normalise, quiet_threads, starts
from workflows.spec import SamplingSpec


class Compiled:
    """A compiled `Refit`.

    Attributes
    ----------
    compile_seconds : float
    """

    def __init__(self, refit: Refit) -> None:
        import nutpie

        quiet_threads()
        self.refit = refit
        started = time.perf_counter()
        self._compiled = nutpie.compile_pymc_model(refit.joint.model, backend="numba")
        self.compile_seconds = time.perf_counter() - started

    def sample(self, sampling: SamplingSpec, seed: int | None = None, **data: np.ndarray) -> xr.DataTree:
        """Sample the posterior under `data`, which the model keeps until the next call.

        Parameters
        ----------
        sampling : SamplingSpec
        seed : int, optional
            Instead of `sampling.seed`, for fits that must not share their random numbers.
        **data
            As for `Refit.values`.

        Returns
        -------
        DataTree
            Groups ``posterior`` and ``sample_stats``, in the form of `workflows.sample`.
        """
        import nutpie

        joint, seed = self.refit.joint, sampling.seed if seed is None else seed
        used = {variable.name for variable in self._compiled.shared_var_keys}
        values = {k: v for k, v in self.refit.values(**data).items() if k in used}
        compiled = self._compiled.with_data(**values) if values else self._compiled
        order = [joint.model.rvs_to_values[rv].name for rv in joint.model.free_RVs]
        waiting, running, done = list(range(sampling.chains)), {}, {}
        cores = min(sampling.chains, os.cpu_count() or 1)
        while waiting or running:
            while waiting and len(running) < cores:
                chain = waiting.pop(0)
                point = starts(joint, chain, seed)
                flat = np.concatenate([point[name].ravel() for name in order])
                running[chain] = nutpie.sample(
                    dataclasses.replace(compiled, initial_point_func=lambda _seed, x=flat: x),
                    chains=1,
                    cores=1,
                    tune=sampling.tune,
                    draws=sampling.draws,
                    seed=chain_seed(seed, chain),
                    save_warmup=False,
                    progress_bar=False,
                    target_accept=sampling.target_accept,
                    maxdepth=sampling.max_treedepth,
                    blocking=False,
                )
            for chain in [c for c, sampler in running.items() if _over(sampler)]:
                tree = running.pop(chain).wait()
                stats = normalise(tree["sample_stats"].to_dataset(), "nutpie", sampling.max_treedepth)
                groups = {"posterior": tree["posterior"].to_dataset(), "sample_stats": stats}
                done[chain] = xr.DataTree.from_dict(
                    {name: group.assign_coords(chain=[chain]) for name, group in groups.items()}
                )
            time.sleep(0.02)
        return combine(done)

    def each(
        self, sampling: SamplingSpec, data: Mapping[Any, Mapping[str, np.ndarray]]
    ) -> Iterator[tuple[Any, xr.DataTree]]:
        """Yield (key, draws) for each data set of `data`, each with its own random numbers."""
        for position, (key, values) in enumerate(data.items()):
            yield key, self.sample(sampling, chain_seed(sampling.seed, 10_000 + position), **values)


def _over(sampler: Any) -> bool:
    """Whether a background sampler is done; on a busy machine the question itself can time out."""
    try:
        return sampler.is_finished
    except TimeoutError:
        return False
