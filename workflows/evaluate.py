"""Quantities of a model, evaluated over draws of its free variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytensor
import xarray as xr
from pytensor.compile.mode import Mode
from pytensor.graph.replace import clone_replace
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint

#: Python's own linker: a few dozen vector operations a draw cost less than compiling them.
PLAIN = Mode(linker="py", optimizer="fast_compile")


def evaluate(
    joint: Joint,
    draws: xr.Dataset,
    quantities: Mapping[str, tuple[TensorVariable, Sequence[str]]],
    most: int | None = None,
    given: Sequence[str] = (),
) -> xr.Dataset:
    """Evaluate tensors of the model at posterior or prior draws.

    Parameters
    ----------
    joint : Joint
        The model that the tensors belong to.
    draws : Dataset
        Free variables with dims (chain, draw, ...).
    quantities : mapping of name to (tensor, dims)
    most : int, optional
        Take at most about this many draws, evenly over all chains.
    given : sequence of str
        Deterministic variables of the model that are taken from `draws` as they stand there, whatever the free
        variables say: effects that a counterfactual holds, or sets.

    Returns
    -------
    Dataset
        Each quantity with dims (chain, draw, *dims) and the coords of the panel.
    """
    if most is not None and draws.sizes["chain"] * draws.sizes["draw"] > most:
        step = -(-draws.sizes["chain"] * draws.sizes["draw"] // most)
        draws = draws.isel(draw=slice(None, None, step))
    free = [*joint.model.free_RVs, *(joint.model[name] for name in given)]
    inputs = [rv.type(name=rv.name) for rv in free]
    outputs = clone_replace(
        [tensor for tensor, _ in quantities.values()], dict(zip(free, inputs, strict=True))
    )
    function = pytensor.function(inputs, outputs, mode=PLAIN, on_unused_input="ignore")
    arrays = [draws[rv.name].transpose("chain", "draw", ...).values for rv in free]
    chains, length = draws.sizes["chain"], draws.sizes["draw"]
    results: list[list[np.ndarray]] = [[] for _ in quantities]
    for chain in range(chains):
        for draw in range(length):
            values = function(*(array[chain, draw] for array in arrays))
            for store, value in zip(results, values, strict=True):
                store.append(value)
    out = xr.Dataset(coords={"chain": draws["chain"], "draw": draws["draw"]})
    for (name, (_, dims)), store in zip(quantities.items(), results, strict=True):
        stacked = np.asarray(store).reshape(chains, length, *store[0].shape)
        out[name] = (("chain", "draw", *dims), stacked)
    wanted = [c for c in joint.panel.coords if set(joint.panel[c].dims) <= set(out.dims)]
    return out.assign_coords({c: joint.panel[c].variable for c in wanted})
