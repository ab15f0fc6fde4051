"""Graphs of PyTensor as values: what identifies one, and a sum taken apart."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.op import HasInnerGraph, Op
from pytensor.graph.traversal import ancestors, toposort
from pytensor.scalar.basic import Add, Mul
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Sum
from pytensor.tensor.subtensor import AdvancedIncSubtensor
from pytensor.tensor.variable import TensorVariable

#: Operators below which a second process takes longer to begin than it saves.
WORTH = 200
#: Terms that share more than this part of what either needs are compiled together.
ALIKE = 0.5
#: Part of all operators above which the larger half might as well be the whole.
MOST = 0.8


def digest(outputs: Sequence[Variable], inputs: Sequence[Variable]) -> str:
    """A digest of what a graph computes: operators, edges, constants, types; not the values of shared variables.

    Parameters
    ----------
    outputs, inputs : sequence of Variable
        Inputs and shared variables count by their place, whatever they are called.

    Returns
    -------
    str
        Two graphs with the same digest compute the same function.

    Raises
    ------
    TypeError
        If the graph has an input that is none of `inputs`.
    """
    seen = hashlib.sha256()
    known = {variable: f"input {k}" for k, variable in enumerate(inputs)}
    shared = 0

    def mark(variable: Variable) -> str:
        nonlocal shared
        if variable not in known:
            if isinstance(variable, Constant):
                known[variable] = _of_constant(variable)
            elif isinstance(variable, SharedVariable):
                known[variable], shared = f"shared {shared}", shared + 1
            else:
                raise TypeError(f"{variable} is no input of the graph")
        return f"{known[variable]}: {variable.type!r}"

    for number, node in enumerate(toposort(outputs, blockers=inputs)):
        seen.update(f"{_of_op(node.op)}({', '.join(mark(v) for v in node.inputs)})\n".encode())
        known.update({variable: f"{number}.{k}" for k, variable in enumerate(node.outputs)})
    seen.update(f"{[mark(v) for v in outputs]}{[repr(v.type) for v in inputs]}".encode())
    return seen.hexdigest()


def _of_constant(variable: Constant) -> str:
    data = variable.data
    if not isinstance(data, np.ndarray) or data.dtype.hasobject:
        return _of_pickle(data)
    content = hashlib.sha256(np.ascontiguousarray(data).data if data.size else b"")
    return f"{data.dtype} {data.shape} {content.hexdigest()}"


def _of_op(op: Op) -> str:
    """Two operators with the same words compute the same; the same one may have other words in another process."""
    kind = f"{type(op).__module__}.{type(op).__qualname__}"
    if isinstance(op, HasInnerGraph):
        return f"{kind} {digest(op.inner_outputs, op.inner_inputs)} {op!s}"
    # An operator that was called keeps more than what it is: functions that it found, in a sum or a maximum.
    if (names := getattr(type(op), "__props__", None)) is not None:
        return f"{kind}({', '.join(_of_property(getattr(op, name)) for name in names)})"
    return f"{kind} {_of_pickle(op)}"


def _of_property(value: object) -> str:
    if isinstance(value, Op):
        return _of_op(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_of_property, value))})"
    # Equal words make unequal pickles where one of them stands for the other.
    return repr(value) if isinstance(value, str | int | float | None) else _of_pickle(value)


def _of_pickle(value: object) -> str:
    return hashlib.sha256(pickle.dumps(value)).hexdigest()


def shared_of(outputs: Sequence[Variable]) -> list[SharedVariable]:
    """Shared variables that a graph reads, each once, in an order that follows from the graph's edges alone."""
    return list(dict.fromkeys(v for v in ancestors(outputs) if isinstance(v, SharedVariable)))


def addends(total: TensorVariable) -> Iterator[TensorVariable]:
    """Scalars whose sum is `total`: sums of sums, sums over rows of sums, and of what is added to some rows."""
    node = total.owner
    if node is not None and _adds(node.op) and total.ndim == 0:
        for variable in node.inputs:
            yield from addends(variable)
    elif (
        node is not None
        and isinstance(node.op, Sum)
        and node.op.axis in (None, (*range(node.inputs[0].ndim),))
    ):
        inner = node.inputs[0]
        parts = _parts(inner)
        if parts is None:
            yield total
        else:
            for part in parts:
                yield from addends(part.sum())
    else:
        yield total


def _adds(op: Op) -> bool:
    return isinstance(op, Elemwise) and isinstance(op.scalar_op, Add)


def _parts(inner: TensorVariable) -> list[TensorVariable] | None:
    """What an array is the sum of, where the sum over all of it is the sum of their sums."""
    node = inner.owner
    if node is None:
        return None
    if _adds(node.op):
        alike = all(v.type.broadcastable == inner.type.broadcastable for v in node.inputs)
        return list(node.inputs) if alike else None
    if isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, Mul):
        return _weighted(list(node.inputs))
    if isinstance(node.op, AdvancedIncSubtensor) and not (
        node.op.set_instead_of_inc or node.op.ignore_duplicates
    ):
        whole, added, *where = node.inputs
        one = len(where) == 1 and where[0].ndim == 1 and added.type.broadcastable == (False,)
        return [whole, added] if one else None
    if isinstance(node.op, DimShuffle) and not node.op.drop and not node.op.augment:
        return [node.inputs[0]]
    return None


def _weighted(factors: list[TensorVariable]) -> list[TensorVariable] | None:
    """The same for a product with a vector that is such a sum: what is added to some rows has their weights."""
    if not all(v.type.broadcastable == (False,) for v in factors):
        return None
    for k, factor in enumerate(factors):
        node = factor.owner
        if node is None or not isinstance(node.op, AdvancedIncSubtensor):
            continue
        if (parts := _parts(factor)) is not None:
            whole, added = parts
            weight = pt.mul(*factors[:k], *factors[k + 1 :])
            return [weight * whole, weight[node.inputs[2]] * added]
    return None


def halves(terms: Sequence[TensorVariable]) -> list[list[TensorVariable]]:
    """Terms in two lists, as even as can be by the operators that each needs; in one where two would save little."""
    needs = [({term}, {v.owner for v in ancestors([term]) if v.owner is not None}) for term in terms]
    # Terms that share most of what they need stay together.
    while pair := next(
        (
            (one, other)
            for one, other in combinations(needs, 2)
            if len(one[1] & other[1]) > ALIKE * min(len(one[1]), len(other[1]))
        ),
        None,
    ):
        needs = [need for need in needs if need not in pair]
        needs.append((pair[0][0] | pair[1][0], pair[0][1] | pair[1][1]))
    bins: list[tuple[set, set]] = [(set(), set()), (set(), set())]
    for own, nodes in sorted(needs, key=lambda need: -len(need[1])):
        smaller = min(bins, key=lambda one: len(one[1] | nodes))
        smaller[0].update(own)
        smaller[1].update(nodes)
    whole = len(bins[0][1] | bins[1][1])
    if whole < WORTH or max(len(nodes) for _, nodes in bins) > MOST * whole:
        return [list(terms)]
    return [[term for term in terms if term in own] for own, _ in bins]
