"""Sampling one compiled model under many data sets: the imputations of `cut`, and what is left out in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from models.refit import Refit
from workflows.chains import chain_seed, combine, quiet_threads, run_chains, sample_compiled
from workflows.exact import compiled
from workflows.spec import SamplingSpec


class Compiled:
    """A `Refit`, compiled once for nutpie; other samplers compile for each data set."""

    def __init__(self, refit: Refit) -> None:
        self.refit = refit

    @cached_property
    def _program(self) -> Any:
        quiet_threads()
        return compiled(self.refit.joint.model)

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
            Groups ``posterior`` and ``sample_stats``, in the form of `workflows.chains`.
        """
        values = self.refit.values(**data)
        if sampling.sampler != "nutpie":
            own = sampling if seed is None else sampling.model_copy(update={"seed": seed})
            return combine(dict(run_chains(self.refit.joint, own)))
        used = {variable.name for variable in self._program.shared_var_keys}
        values = {k: v for k, v in values.items() if k in used}
        program = self._program.with_data(**values) if values else self._program
        return sample_compiled(program, self.refit.joint, sampling, seed=seed, points=points)

    def each(
        self, sampling: SamplingSpec, data: Mapping[Any, Mapping[str, np.ndarray]]
    ) -> Iterator[tuple[Any, xr.DataTree]]:
        """Yield (key, draws) for each data set of `data`, each with its own random numbers."""
        for position, (key, values) in enumerate(data.items()):
            yield key, self.sample(sampling, chain_seed(sampling.seed, 10_000 + position), **values)
