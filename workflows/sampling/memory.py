"""The memory that draws will take, told before they are drawn."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path

import pymc as pm

from data.common.errors import InputError
from workflows.spec.run import RunSpec, SamplingSpec

BYTES = 8
#: A draw is held by the sampler, in its chain, and in the tree of all chains.
COPIES = 3
#: Where Linux writes down what a container or a job may use.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def refuse_excess(model: pm.Model, sampling: SamplingSpec, fits: int = 1) -> None:
    """Refuse draws that this machine cannot hold.

    Parameters
    ----------
    model : Model
    sampling : SamplingSpec
    fits : int
        How often it is sampled for one posterior: the imputations of `cut`.

    Raises
    ------
    InputError
        With the estimate: chains times draws times values a draw, of 8 bytes, `COPIES` times over.
    """
    values, most = values_of_a_draw(model), memory()
    need = COPIES * BYTES * fits * sampling.chains * sampling.draws * values
    if need > most:
        many = f"{fits} imputations of " if fits > 1 else ""
        raise InputError(
            f"{many}{sampling.chains} chains of {sampling.draws:,} draws of {values:,} values: about "
            f"{need / 1e9:,.0f} GB while they are drawn",
            f"at most the {most / 1e9:,.0f} GB of this machine: fewer draws, and four chains",
            key="sampling.draws",
        )


def refuse_run(model: pm.Model, spec: RunSpec) -> None:
    """Refuse a run whose posterior this machine cannot hold; see `refuse_excess`."""
    depth = spec.model.depth
    refuse_excess(model, spec.sampling, depth.imputations if depth.measurement == "cut" else 1)


def values_of_a_draw(model: pm.Model) -> int:
    """How many numbers a draw of a model's free variables and what follows from them holds."""
    sizes = {name: len(labels) for name, labels in model.coords.items() if labels is not None}
    total = 0
    for variable in (*model.free_RVs, *model.deterministics):
        dims = model.named_vars_to_dims.get(variable.name, ())
        shape = [sizes.get(dim, 1) for dim in dims] or [n or 1 for n in variable.type.shape]
        total += prod(shape)
    return total


def memory() -> int:
    """Bytes of memory that this process may use: the machine's, or less where a container is given less."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in LIMITS:
        try:
            whole = min(whole, int(Path(name).read_text()))
        except (OSError, ValueError):
            continue
    return whole
