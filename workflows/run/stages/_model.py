"""The model of a run, which several stages build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data.common.errors import InputError
from workflows.run.digests import own_code

if TYPE_CHECKING:
    import xarray as xr

    from models.joint import Joint
    from workflows.run.run import Run
    from workflows.sampling.posterior import Posterior


def posterior(run: Run) -> Posterior:
    """How the model is fitted, which follows from its spec."""
    from workflows.sampling.posterior import Posterior

    return Posterior(run.panel, run.spec.model, lambda: run.alone, run.spec.sampling.seed, {"baseline"})


def model(run: Run) -> Joint:
    """The model.

    Raises
    ------
    InputError
        Where spec and panel do not go together.
    """
    try:
        return run.posterior.joint
    except InputError:
        raise
    except ValueError as error:
        # What a spec asks of a panel can only be judged when both are there.
        raise InputError(str(error), "a [model] that fits the [panel]", file=run.spec.name) from error


def modelled(run: Run) -> dict[str, Any]:
    """What the model depends on, as JSON-like values."""
    cut_or_plug_in = run.spec.model.depth.measurement != "joint"
    return {
        "panel": run.stage("panel").about["content"],
        "model": run.spec.model.model_dump(mode="json"),
        "measurement": run.stage("measurement").key if cut_or_plug_in else None,
        "seed": run.spec.sampling.seed,
        "own_code": own_code(run.spec.model),
    }


def bare(replicated: xr.DataArray) -> xr.Dataset:
    """Replicated outcomes without the panel's coords, as they can be found there by row."""
    # A share too small for single precision stays one that was sent.
    least = np.finfo(np.float32).tiny
    short = replicated.where((replicated <= 0) | (replicated >= least), least).astype("float32")
    return short.reset_coords(drop=True).to_dataset(name="outcome")
