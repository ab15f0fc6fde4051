"""Sampling one compiled model under many data sets: the imputations of `cut`, and what is left out in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from models.refit import Refit
from workflows.sampling.chains import run_chains
from workflows.sampling.program import Program, chain_seed, combine
from workflows.spec.run import SamplingSpec


class Compiled:
    """A `Refit` and its program."""

    def __init__(self, refit: Refit) -> None:
        self.refit = refit
        self._programs: dict[str, Program] = {}

    def sample(
        self,
        sampling: SamplingSpec,
        seed: int | None = None,
        points: Mapping[int, Mapping[str, np.ndarray]] | None = None,
        **data: np.ndarray,
    ) -> xr.DataTree:
        """Sample the posterior under `data`, which the model keeps until the next call.

        Parameters
        ----------
        sampling : SamplingSpec
        seed : int, optional
            Instead of `sampling.seed`, for fits that must not share their random numbers.
        points : mapping, optional
            Chain to its unconstrained start.
        **data
            As for `Refit.values`.

        Returns
        -------
        DataTree
            Groups ``posterior`` and ``sample_stats``, in the form of `workflows.sampling.program`.
        """
        self.refit.values(**data)
        if sampling.sampler not in self._programs:
            self._programs[sampling.sampler] = Program(self.refit.joint.model, sampling.sampler)
        program = self._programs[sampling.sampler]
        return combine(
            dict(run_chains(self.refit.joint, sampling, seed=seed, points=points, program=program))
        )

    def each(
        self, sampling: SamplingSpec, data: Mapping[Any, Mapping[str, np.ndarray]]
    ) -> Iterator[tuple[Any, xr.DataTree]]:
        """Yield (key, draws) for each data set of `data`, each with its own random numbers."""
        for position, (key, values) in enumerate(data.items()):
            yield key, self.sample(sampling, chain_seed(sampling.seed, 10_000 + position), **values)
