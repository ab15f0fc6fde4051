"""What a model computes of its data alone is computed once for its data, not at every step of a sampler.

Where rows are left out, potential or controls exchanged, the counts, sums and means of a panel are part of the model's
graph. Nothing of them moves while it is sampled: they are data of the program like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytensor
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.replace import graph_replace
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.graph.traversal import toposort
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.shape import Reshape
from pytensor.tensor.type import TensorType
from pytensor.tensor.variable import TensorVariable

from workflows.draws.evaluate import folded, in_python
from workflows.native.graph import shared_of


@dataclass(frozen=True, eq=False)
class Ready:
    """What follows from data alone, and the data variables that stand for it.

    Attributes
    ----------
    found : sequence of TensorVariable
        What follows, in terms of the data.
    """

    found: Sequence[TensorVariable]

    @cached_property
    def held(self) -> list[SharedVariable]:
        """What stands for each, named ``ready_<number>``; at first what follows from the data as they are now."""
        values = self._compute(*(variable.get_value() for variable in self._data)) if self.found else []
        return [
            pytensor.shared(np.asarray(value, variable.type.dtype), f"ready_{k}", shape=np.shape(value))
            for k, (variable, value) in enumerate(zip(self.found, values, strict=True))
        ]

    @cached_property
    def _data(self) -> list[SharedVariable]:
        return shared_of(self.found)

    @cached_property
    def _compute(self) -> Callable[..., list[np.ndarray]]:
        inputs = [variable.type() for variable in self._data]
        found = graph_replace(list(self.found), dict(zip(self._data, inputs, strict=True)))
        return in_python(inputs, found)

    def of(self, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Its values, by the names of `held`, under data by their names."""
        if not self.found:
            return {}
        values = self._compute(*(data[str(variable.name)] for variable in self._data))
        return {str(variable.name): value for variable, value in zip(self.held, values, strict=True)}


def made_ready(
    outputs: Sequence[TensorVariable], inputs: Sequence[Variable]
) -> tuple[list[TensorVariable], Ready]:
    """Have what follows from data alone stand in a graph as data of its own.

    Parameters
    ----------
    outputs : sequence of TensorVariable
        In terms of `inputs`, shared variables and constants.
    inputs : sequence of Variable
        What moves.

    Returns
    -------
    (list of TensorVariable, Ready)
        The same outputs, in terms of what is held ready; one that does not move stays as it is.
    """
    moving, of_data = set(inputs), set(shared_of(outputs))
    wanted: dict[TensorVariable, None] = {}
    for node in toposort(outputs, blockers=inputs):
        if moving.isdisjoint(node.inputs):
            if not of_data.isdisjoint(node.inputs):
                of_data.update(node.outputs)
            continue
        moving.update(node.outputs)
        wanted.update((v, None) for v in map(_viewed, node.inputs) if v in of_data and _is_computed(v))
    # PyMC works a density out in a copy that it rewrites: the same sum stands in two forms, and counts once.
    found = (
        rewrite_graph(folded(list(wanted), clone=True).outputs, include=["canonicalize"]) if wanted else []
    )
    ready = Ready(list(dict.fromkeys(found)))
    held = dict(zip(ready.found, ready.held, strict=True))
    places = {v: held[f] for v, f in zip(wanted, found, strict=True)}
    return graph_replace(list(outputs), places), ready


def _viewed(variable: Variable) -> Variable:
    """What a variable of another shape is a view of: that costs nothing, and PyMC writes one shape in two ways."""
    while variable.owner is not None and isinstance(variable.owner.op, DimShuffle | Reshape):
        variable = variable.owner.inputs[0]
    return variable


def _is_computed(variable: Variable) -> bool:
    """Whether it is a number that was computed; integers are shapes, which are known when a program is compiled."""
    kind = variable.type
    return variable.owner is not None and isinstance(kind, TensorType) and kind.dtype in ("float64", "bool")
