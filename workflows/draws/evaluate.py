"""Quantities of a model, evaluated over draws of its free variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import xarray as xr
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import clone_replace, vectorize_graph
from pytensor.tensor.basic import infer_shape_db
from pytensor.tensor.rewriting.basic import topo_constant_folding
from pytensor.tensor.rewriting.shape import ShapeFeature
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint
from models.modes import ONCE
from workflows.draws import batched
from workflows.draws.summary import flat

if TYPE_CHECKING:
    from workflows.machine.repeated import Repeated

#: Draws evaluated at once, and rows times draws: few enough for a processor's cache and a laptop's memory.
MOST_DRAWS, MOST_CELLS = 200, 200_000
#: Rows times draws from which on a function is compiled, for a quarter of a minute: a cell costs a tenth of a microsecond
#: in NumPy, and a fifth of that in machine code.
WORTH_COMPILING = 150_000_000


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
    draws = thinned(draws, most)
    free = [*joint.model.free_RVs, *(joint.model[name] for name in given)]
    values = _values(free, draws, [tensor for tensor, _ in quantities.values()], _some(joint, draws))
    out = xr.Dataset(coords={"chain": draws["chain"], "draw": draws["draw"]})
    for (name, (_, dims)), value in zip(quantities.items(), values, strict=True):
        out[name] = (("chain", "draw", *dims), value)
    wanted = [c for c in joint.panel.coords if set(joint.panel[c].dims) <= set(out.dims)]
    return out.assign_coords({c: joint.panel[c].variable for c in wanted})


def thinned(draws: xr.Dataset, most: int | None) -> xr.Dataset:
    """At most about `most` draws (dims chain, draw), evenly over all chains; all of them for None."""
    count = draws.sizes["chain"] * draws.sizes["draw"]
    return draws if most is None or count <= most else draws.isel(draw=slice(None, None, -(-count // most)))


def pieces(
    joint: Joint, draws: xr.Dataset, tensors: Mapping[str, TensorVariable], given: Sequence[str] = ()
) -> Iterator[dict[str, np.ndarray]]:
    """Evaluate tensors as `evaluate` does, some draws at a time: what has a value for each row need never be whole.

    Yields
    ------
    dict of ndarray
        Each tensor with shape (some draws, ...); all of them together are the draws of the first chain, the second...
    """
    free = [*joint.model.free_RVs, *(joint.model[name] for name in given)]
    for values in _pieces(free, draws, list(tensors.values()), _some(joint, draws)):
        yield dict(zip(tensors, values, strict=True))


def mean_over_draws(joint: Joint, draws: xr.Dataset, tensor: TensorVariable) -> np.ndarray:
    """Mean of a tensor over draws, of the tensor's shape."""
    count = draws.sizes["chain"] * draws.sizes["draw"]
    return sum(piece["x"].sum(0) for piece in pieces(joint, draws, {"x": tensor})) / count


def at_once(joint: Joint) -> int:
    """How many draws of a model are worked on together."""
    return max(1, min(MOST_DRAWS, MOST_CELLS // joint.panel.sizes["row"]))


def _some(joint: Joint, draws: xr.Dataset) -> int | None:
    """How many draws are evaluated together; None for one after the other in machine code."""
    cells = joint.panel.sizes["row"] * draws.sizes["chain"] * draws.sizes["draw"]
    return at_once(joint) if cells < WORTH_COMPILING else None


def with_deterministics(model: pm.Model, draws: xr.Dataset) -> xr.Dataset:
    """Draws of a model's free variables, to which those of its deterministic variables are added."""
    tensors = list(model.deterministics)
    if not tensors:
        return draws
    out = draws.copy()
    for tensor, value in zip(tensors, _values(model.free_RVs, draws, tensors, MOST_DRAWS), strict=True):
        dims = model.named_vars_to_dims.get(tensor.name) or [
            f"{tensor.name}_dim_{k}" for k in range(tensor.ndim)
        ]
        coords = {dim: list(model.coords[dim]) for dim in dims if model.coords.get(dim) is not None}
        out[tensor.name] = xr.DataArray(value, coords, dims=("chain", "draw", *dims))
    return out


def _values(
    free: Sequence[TensorVariable], draws: xr.Dataset, tensors: Sequence[TensorVariable], at_once: int | None
) -> list[np.ndarray]:
    """Values of each tensor, shape (chain, draw, ...); `at_once` as for `_pieces`."""
    chains, length = draws.sizes["chain"], draws.sizes["draw"]
    joined: list[np.ndarray] = []
    filled = 0
    for values in _pieces(free, draws, tensors, at_once):
        if not joined:
            joined = [np.empty((chains * length, *value.shape[1:]), value.dtype) for value in values]
        for whole, value in zip(joined, values, strict=True):
            whole[filled : filled + len(value)] = value
        filled += len(values[0])
    return [whole.reshape(chains, length, *whole.shape[1:]) for whole in joined]


def _pieces(
    free: Sequence[TensorVariable], draws: xr.Dataset, tensors: Sequence[TensorVariable], at_once: int | None
) -> Iterator[list[np.ndarray]]:
    """Values of each tensor for `at_once` draws at a time, shape (some draws, ...); None for one at a time, compiled."""
    shapes = tuple(draws[rv.name].shape[2:] for rv in free)
    chains, length = draws.sizes["chain"], draws.sizes["draw"]
    arrays = [flat(draws[rv.name]) for rv in free]
    if at_once is None:
        one = _compiled(tuple(free), tuple(tensors), shapes)
        for values in one.each(zip(*arrays, strict=True)):
            yield [value[None] for value in values]
        return
    function = _vectorized(tuple(free), tuple(tensors), shapes)
    for start in range(0, chains * length, at_once):
        some = [array[start : start + at_once] for array in arrays]
        yield function(np.zeros(min(at_once, chains * length - start)), *some)


@lru_cache(maxsize=4)
def _vectorized(
    free: tuple[TensorVariable, ...],
    tensors: tuple[TensorVariable, ...],
    shapes: tuple[tuple[int, ...], ...],
) -> Callable[..., list[np.ndarray]]:
    """Function of many draws of `free`, each of its shape, that evaluates tensors; chain after chain asks for the same.

    Data of the model are read when it is called.
    """
    one = _one_draw(free, shapes)
    inputs = [pt.tensor(rv.name, dtype=rv.dtype, shape=(None, *rv.type.shape)) for rv in one]
    # A quantity that no free variable reaches keeps its shape: added to nothing, it has a value for each draw.
    nothing = pt.tensor("nothing", dtype="float64", shape=(None,))
    zero = pt.zeros(())
    # Where in the code each of thousands of nodes was made is found out for nobody.
    with pytensor.config.change_flags(traceback__limit=0):
        outputs = vectorize_graph(
            [t + zero for t in _of_known_shape(tensors, free, one)],
            {**dict(zip(one, inputs, strict=True)), zero: nothing},
        )
        return in_python([nothing, *inputs], batched.at_once(outputs))


@lru_cache(maxsize=4)
def _compiled(
    free: tuple[TensorVariable, ...],
    tensors: tuple[TensorVariable, ...],
    shapes: tuple[tuple[int, ...], ...],
) -> Repeated:
    """Function of one draw of `free`, each of its shape, that evaluates tensors; chain after chain asks for the same."""
    from workflows.machine.repeated import Repeated

    one = _one_draw(free, shapes)
    return Repeated(one, _of_known_shape(tensors, free, one))


def _one_draw(free: Sequence[TensorVariable], shapes: Sequence[tuple[int, ...]]) -> list[TensorVariable]:
    """Inputs that hold one draw of `free`."""
    return [pt.tensor(rv.name, dtype=rv.dtype, shape=shape) for rv, shape in zip(free, shapes, strict=True)]


def in_python(
    inputs: Sequence[TensorVariable], outputs: Sequence[TensorVariable]
) -> Callable[..., list[np.ndarray]]:
    """Function of `inputs` for what is evaluated a few times: nothing is compiled."""
    # Operators that hold a graph of their own would have it compiled in C, a second each, whatever the mode.
    with pytensor.config.change_flags(cxx=""):
        return pytensor.function(list(inputs), list(outputs), mode=ONCE, on_unused_input="ignore")


def _of_known_shape(
    tensors: Sequence[TensorVariable], free: Sequence[TensorVariable], inputs: Sequence[TensorVariable]
) -> list[TensorVariable]:
    """The same tensors of `inputs` in place of `free`, no shape left to be computed.

    Otherwise each shape is worked out by itself when the graph is made one of many draws, for half a second.
    """
    graph = clone_replace(list(tensors), dict(zip(free, inputs, strict=True)), rebuild_strict=False)
    return list(folded(graph, clone=False).outputs)


def folded(outputs: Sequence[TensorVariable], *, clone: bool) -> FunctionGraph:
    """The graph of tensors in which shapes, and what else follows from numbers alone, are numbers."""
    whole = FunctionGraph(outputs=list(outputs), features=[ShapeFeature()], clone=clone)
    infer_shape_db.default_query.rewrite(whole)
    topo_constant_folding.rewrite(whole)
    return whole
