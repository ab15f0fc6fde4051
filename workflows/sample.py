"""The door that a notebook uses: sample a model, get a fit."""

from __future__ import annotations

from typing import Any

import xarray as xr
from pydantic import ValidationError

from data.common.errors import InputError
from data.common.faults import first_fault
from models.joint import Joint
from workflows.estimands.fit import Fit
from workflows.sampling.chains import annotate, run_chains
from workflows.sampling.posterior import Posterior, imputes, measured, samples_depth
from workflows.sampling.program import combine
from workflows.spec.run import SamplingSpec


def sample(joint: Joint, spec: SamplingSpec | None = None, **sampling: Any) -> Fit:
    """Sample the posterior of a joint model by the algorithm of its spec (`depth.measurement`).

    Where depth was given to `joint` it stays as given; else `plug-in` and `cut` measure it alone first.

    Parameters
    ----------
    joint : Joint
    spec : SamplingSpec, optional
    **sampling
        Fields of `SamplingSpec` by name, e.g. ``draws=500``.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        If `joint` is not a joint model, or an option is unknown or out of its bounds.
    """
    if not isinstance(joint, Joint):
        raise InputError(f"a {type(joint).__name__}", "a model from joint(panel)", column="joint")
    try:
        spec = SamplingSpec(**{**(spec or SamplingSpec()).model_dump(), **sampling})
    except ValidationError as error:
        raise first_fault(error, SamplingSpec, file="sample()") from error

    model = joint
    if samples_depth(joint) and joint.spec.depth.measurement != "joint":

        def alone() -> xr.Dataset:
            return measured(joint.panel, joint.spec, spec)["posterior"].to_dataset()

        posterior = Posterior(joint.panel, joint.spec, alone, spec.seed)
        model = joint if imputes(joint) else posterior.joint
        tree = posterior.sample(spec)
    else:
        tree = combine(dict(run_chains(joint, spec)))
    return Fit(model, annotate(tree, model, spec))
