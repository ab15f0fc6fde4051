"""Many draws of a model's free variables from their prior, all at once."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from pytensor.graph.rewriting.basic import MergeOptimizer
from pytensor.graph.traversal import ancestors
from pytensor.tensor.random.op import RandomVariable
from pytensor.tensor.variable import TensorVariable

from models.modes import PLAIN
from workflows.draws.evaluate import folded, in_python


def from_prior(model: pm.Model, draws: int, seed: int, at_once: int) -> list[np.ndarray]:
    """Independent draws of each free variable of a model, shape (draw, ...).

    Parameters
    ----------
    model : Model
    draws : int
    seed : int
        Each variable has random numbers of its own.
    at_once : int
        Draws that are made together: a parameter may be summed over all rows of a panel.

    Notes
    -----
    PyMC draws one after the other in Python, each through the whole graph. Where every variable is of one of PyTensor's
    distributions of single numbers, its parameters are written for many draws, and it is asked for these together.
    """
    free = model.free_RVs
    dims = model.named_vars_to_dims
    plain = all(
        isinstance(rv.owner.op, RandomVariable)
        and rv.owner.op.ndim_supp == 0
        and len(dims.get(rv.name) or ()) == rv.ndim
        for rv in free
    )
    if not plain or _others(free):
        return list(pm.draw(free, draws=draws, random_seed=seed, mode=PLAIN))
    graph = folded(free, clone=True)
    # What two variables share is worked out once.
    MergeOptimizer().rewrite(graph)
    own = dict(zip(graph.outputs, free, strict=True))
    together = min(draws, at_once)
    generators = []
    many: dict[TensorVariable, TensorVariable] = {}
    for node in graph.toposort():
        if not isinstance(node.op, RandomVariable):
            continue
        one = node.outputs[1]
        rv = own[one]
        size = [together, *(len(model.coords[dim]) for dim in dims.get(rv.name) or ())]
        parameters = node.inputs[2:]
        wide = [
            # Of a scalar for each draw, an axis more stands for each of the variable's own.
            pt.expand_dims(new, tuple(range(1, 1 + one.ndim - old.ndim))) if new.ndim > old.ndim else new
            for old, new in zip(parameters, vectorize_graph(parameters, many), strict=True)
        ]
        generators.append(pytensor.shared(np.random.default_rng()))
        many[one] = node.op.make_node(generators[-1], size, *wide).outputs[1]
    outputs = [many[one] for one in graph.outputs]
    function, found = in_python([], outputs), []
    for source in np.random.SeedSequence(seed).spawn(-(-draws // together)):
        for generator, own_seed in zip(generators, source.spawn(len(generators)), strict=True):
            generator.set_value(np.random.default_rng(own_seed), borrow=True)
        found.append(function())
    return [np.concatenate(values)[:draws] for values in zip(*found, strict=True)]


def _others(free: list[TensorVariable]) -> bool:
    """Whether something random stands behind the variables that is none of them."""
    random = (v for v in ancestors(free) if v.owner is not None and isinstance(v.owner.op, RandomVariable))
    return any(v not in free for v in random if v is v.owner.outputs[1])
