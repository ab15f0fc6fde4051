"""Drawing a posterior in parts, chains or imputations, each a stage of the store as soon as it is finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from data.common.disk import save_netcdf
from workflows.samplers import Progress
from workflows.sampling.chains import annotate
from workflows.sampling.posterior import Posterior
from workflows.sampling.program import combine
from workflows.spec.run import SamplingSpec
from workflows.store.store import Store

#: How a posterior is drawn, and what of that is written here.
CODE = (__name__,)


def draw_parts(
    posterior: Posterior,
    sampling: SamplingSpec,
    store: Store,
    inputs: Mapping[str, Any],
    progress: Progress,
    facts: Counter,
    prefix: str = "",
) -> xr.DataTree:
    """All draws in one tree, annotated; parts that are on disk are not drawn again.

    Parameters
    ----------
    posterior : Posterior
    sampling : SamplingSpec
    store : Store
    inputs : mapping
        What draws depend on beside `sampling` and code; see `Store.stage`.
    progress : callable
        As for `workflows.sampling.chains.run_chains`.
    facts : Counter
        Seconds of compiling and sampling and ``resumed_parts``, the number of parts on disk, are added to it.
    prefix : str
        Before the names of the stages.
    """
    settings = sampling.model_dump(mode="json")
    if not posterior.cut:
        # A chain is the same whichever others run beside it.
        settings.pop("chains")
    own = {**inputs, "sampling": settings}
    names = [f"{prefix}{name}" for name in posterior.parts(sampling)]
    found = {k: store.find(name, store.key(name, own, CODE)) for k, name in enumerate(names)}
    done = {k: stage for k, stage in found.items() if stage}
    facts["resumed_parts"] += len(done)
    trees: dict[int, xr.DataTree] = {}
    if missing := [k for k in found if k not in done]:
        timing: dict[str, float] = {}
        for k, tree in posterior.draw(sampling, missing, progress, timing=timing):
            store.stage(names[k], own, _writer(tree), CODE)
            trees[k] = tree
        facts.update(timing)
    for k, stage in done.items():
        trees[k] = xr.open_datatree(stage / "draws.nc", engine="h5netcdf")
    return annotate(combine(trees), posterior.joint, sampling)


def _writer(tree: xr.DataTree) -> Callable[[Path], None]:
    return lambda folder: save_netcdf(tree, folder / "draws.nc")
