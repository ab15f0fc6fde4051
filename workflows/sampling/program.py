"""One program: a model, what a sampler compiled of it, and the data that it is given one after the other.

Compiling costs more than sampling a small panel. So whatever samples one model many times (calibration, multiverse,
what is left out in turn, imputations) keeps a program, and exchanges the data of its model.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from workflows import samplers
from workflows.draws.evaluate import with_deterministics
from workflows.draws.starts import near_the_centre
from workflows.samplers import Asked, Point, Progress, Sampler
from workflows.sampling.memory import refuse_excess
from workflows.spec.run import SamplingSpec


def quiet_threads() -> None:
    """Keep numeric libraries to one thread a chain; chains are the parallel unit."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")


def chain_seed(seed: int, chain: int) -> int:
    """Seed of a chain: a function of the run's seed and the chain's number alone."""
    return int(np.random.SeedSequence([seed, chain]).generate_state(1)[0])


class Program:
    """A model as one sampler runs it.

    Parameters
    ----------
    model : Model
        Finished: nothing is registered in it afterwards.
    sampler : str
        A file of ``workflows/samplers``.

    Attributes
    ----------
    model : Model
        Its data are those that the next draws are made under; see `with_data`.
    sampler : str
    """

    def __init__(self, model: pm.Model, sampler: str = "nutpie") -> None:
        self.model, self.sampler = model, sampler

    @property
    def _own(self) -> Sampler:
        return samplers.get(self.sampler)

    @cached_property
    def _compiled(self) -> Any:
        quiet_threads()
        return self._own.compiled(self.model)

    def with_data(self, **data: Any) -> Program:
        """Set data of the model, which it keeps until the next call; returns itself.

        Raises
        ------
        KeyError, TypeError
            For a name that is not in the model, or no data there.
        """
        for name, value in data.items():
            self.model.set_data(name, value)
        return self

    def chains(
        self,
        points: Mapping[int, Point],
        seeds: Mapping[int, int],
        spec: SamplingSpec,
        *,
        cores: int | None = None,
        progress: Progress = lambda *_: None,
        timing: dict[str, float] | None = None,
        whole: bool = True,
    ) -> Iterator[tuple[int, xr.DataTree]]:
        """Yield (chain number, its draws) as chains finish.

        Parameters
        ----------
        points : mapping of int to Point
            Chain to its unconstrained start.
        seeds : mapping of int to int
        spec : SamplingSpec
            Its `tune`, `draws`, `target_accept`, `max_treedepth` and `device` count.
        cores : int, optional
            Chains at a time; as many as there are, or as the machine has cores, by default.
        progress : callable
        timing : dict, optional
            Receives ``compile_seconds`` and ``sample_seconds``, wall time.
        whole : bool
            Whether the model's deterministic variables are among the draws.

        Yields
        ------
        int, DataTree
            Groups ``posterior`` and ``sample_stats``, dims ``(chain, draw, ...)``, one chain under its own number,
            the statistics under their common names.

        Raises
        ------
        InputError
            If that many draws cannot be held.
        """
        quiet_threads()
        refuse_excess(self.model, spec)
        timing = {} if timing is None else timing
        began = time.perf_counter()
        program = self._compiled
        timing["compile_seconds"] = time.perf_counter() - began
        cores = cores or min(len(points), os.cpu_count() or 1)
        asked = Asked(points, seeds, spec, cores, progress, timing)
        for chain, tree in self._own.chains(program, self.model, asked):
            # Wall time since compilation ended, which for PyMC is that of all chains one by one.
            timing["sample_seconds"] = time.perf_counter() - began - timing["compile_seconds"]
            draws = self._named(tree, spec, whole)
            yield (
                chain,
                xr.DataTree.from_dict({k: group.assign_coords(chain=[chain]) for k, group in draws.items()}),
            )

    def sample(self, spec: SamplingSpec, seed: int, *, cores: int | None = None) -> xr.DataTree:
        """All chains of `spec` in one tree, from starts of the sampler's own where it has such.

        Parameters
        ----------
        spec : SamplingSpec
            Of its fields, `chains`, `tune`, `draws` and `target_accept` count.
        seed : int
        cores : int, optional
        """
        quiet_threads()
        refuse_excess(self.model, spec)
        cores = cores or min(spec.chains, os.cpu_count() or 1)
        if self._own.together is not None:
            tree = self._own.together(self._compiled, self.model, spec, seed, cores)
            return xr.DataTree.from_dict(self._named(tree, spec, whole=True))
        seeds = {chain: chain_seed(seed, chain) for chain in range(spec.chains)}
        points = {chain: near_the_centre(self.model, np.random.default_rng(s)) for chain, s in seeds.items()}
        return combine(dict(self.chains(points, seeds, spec, cores=cores)))

    def _named(self, tree: xr.DataTree, spec: SamplingSpec, whole: bool) -> dict[str, xr.Dataset]:
        """What a sampler returned, its statistics under their common names."""
        posterior = tree["posterior"].to_dataset()
        if whole and not all(variable.name in posterior for variable in self.model.deterministics):
            posterior = with_deterministics(self.model, posterior)
        stats = self._own.normalise(tree["sample_stats"].to_dataset(), spec.max_treedepth)
        return {"posterior": posterior, "sample_stats": stats}


def combine(chains: Mapping[int, xr.DataTree]) -> xr.DataTree:
    """Put chains together in the order of their numbers."""
    groups = {
        group: xr.concat([chains[k][group].to_dataset() for k in sorted(chains)], "chain", join="exact")
        for group in ("posterior", "sample_stats")
    }
    return xr.DataTree.from_dict(groups)
