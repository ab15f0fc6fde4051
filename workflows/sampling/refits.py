"""Sampling one compiled model under many data sets: imputations of `cut`, what is left out, specifications."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from models.joint import Joint
from workflows.sampling.chains import run_chains
from workflows.sampling.program import Program, combine
from workflows.spec.run import SamplingSpec


class Compiled:
    """A joint model and its programs.

    Attributes
    ----------
    joint : Joint
    """

    def __init__(self, joint: Joint) -> None:
        self.joint = joint
        self._programs: dict[str, Program] = {}

    def sample(
        self,
        sampling: SamplingSpec,
        seed: int | None = None,
        points: Mapping[int, Mapping[str, np.ndarray]] | None = None,
        cores: int | None = None,
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
        cores : int, optional
            Chains at a time, as for `workflows.sampling.chains.run_chains`.
        **data
            As for `models.joint.Joint.with_data`.

        Returns
        -------
        DataTree
            Groups ``posterior`` and ``sample_stats``, in the form of `workflows.sampling.program`.
        """
        self.joint.with_data(**data)
        if sampling.sampler not in self._programs:
            self._programs[sampling.sampler] = Program(self.joint.model, sampling.sampler)
        program = self._programs[sampling.sampler]
        chains = run_chains(self.joint, sampling, cores=cores, seed=seed, points=points, program=program)
        return combine(dict(chains))
