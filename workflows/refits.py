"""Sampling one compiled model under many data sets: the imputations of `cut`, and what is left out in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from models.refit import Refit
from workflows.sample import chain_seed, quiet_threads, sample_compiled
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
            Groups ``posterior`` and ``sample_stats``, in the form of `workflows.sample`.
        """
        used = {variable.name for variable in self._compiled.shared_var_keys}
        values = {k: v for k, v in self.refit.values(**data).items() if k in used}
        compiled = self._compiled.with_data(**values) if values else self._compiled
        return sample_compiled(compiled, self.refit.joint, sampling, seed=seed, points=points)

    def each(
        self, sampling: SamplingSpec, data: Mapping[Any, Mapping[str, np.ndarray]]
    ) -> Iterator[tuple[Any, xr.DataTree]]:
        """Yield (key, draws) for each data set of `data`, each with its own random numbers."""
        for position, (key, values) in enumerate(data.items()):
            yield key, self.sample(sampling, chain_seed(sampling.seed, 10_000 + position), **values)
