"""What is computed row by row, some thousand rows at a time.

A likelihood has a dozen numbers for each row between data and sums, each a vector that is written and read back. Those
of a long panel fit in no cache: a row of two million then costs twice that of two hundred thousand. Here such vectors,
and the sums over rows or by state and operation that they end in, are one loop over blocks of rows, and have the
length of a block. A sum is that of the blocks' sums, in their order.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.rewriting import rewrite_ofg_inner_graph
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FrozenFunctionGraph, FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import get_active_mode, graph_rewriter
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.basic import (
    numba_funcify_and_cache_key,
    numba_njit,
    register_funcify_and_cache_key,
)
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.math import Sum
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor
from pytensor.tensor.type import TensorType

#: Stands in the key of what is compiled: other sums are another program, and so is another name of this module.
VERSION = hashlib.sha256(__name__.encode() + Path(__file__).read_bytes()).hexdigest()
#: Rows of a block, of which a dozen vectors lie in a core's own cache.
BLOCK = 4096
#: Rows from which on there are blocks.
LONG = 8 * BLOCK


@dataclass(frozen=True)
class _End:
    """What becomes of an output of a block.

    Attributes
    ----------
    output : int
        Of a block: a scalar is added up, a vector kept row by row or, where there are `positions`, added at these.
    positions : int or None
        Their place among the inputs.
    length : int or None
        Of what it becomes; none of a scalar.
    """

    output: int
    positions: int | None = None
    length: int | None = None


class ByBlocks(Op):
    """A graph of vectors with a number for each row, computed for some rows at a time.

    Parameters
    ----------
    inner : FrozenFunctionGraph
        Of a block: the inputs are `cut` to its rows or whole, the outputs scalars or vectors.
    cut : tuple of bool
    ends : tuple of _End
    block : int
        Rows.
    """

    __props__ = ("inner", "cut", "ends", "block")

    def __init__(
        self, inner: FrozenFunctionGraph, cut: tuple[bool, ...], ends: tuple[_End, ...], block: int
    ) -> None:
        self.inner, self.cut, self.ends, self.block = inner, cut, ends, block

    def make_node(self, *inputs: Variable) -> Apply:
        """One vector or scalar for each end."""
        outputs = [
            pt.tensor(dtype=self.dtype(end), shape=() if end.length is None else (end.length,))
            for end in self.ends
        ]
        return Apply(self, list(inputs), outputs)

    def dtype(self, end: _End) -> str:
        """Of what an output becomes."""
        return self.inner.outputs[end.output].type.dtype

    def perform(self, *_: Any) -> None:
        """None: it is put in where machine code is made."""
        raise NotImplementedError


@register_funcify_and_cache_key(ByBlocks)
def _compiled(op: ByBlocks, **named: Any) -> tuple[Any, str | None]:
    named.pop("node", None)
    inner, key = numba_funcify_and_cache_key(
        op.inner, fgraph_name="of_a_block", squeeze_output=False, **named
    )
    source = _source(op)
    made = compile_numba_function_src(source, "by_blocks", {"inner": inner, "np": np})
    own = None if key is None else hashlib.sha256(f"{key} {source}".encode()).hexdigest()
    return numba_njit(made), own


def _source(op: ByBlocks) -> str:
    """The loop, in Python."""
    names = [f"x{k}" for k in range(len(op.cut))]
    pieces = [f"{name}[start:stop]" if cut else name for name, cut in zip(names, op.cut, strict=True)]
    before, within, added = [], [], []
    for k, end in enumerate(op.ends):
        found = f"z{end.output}"
        before.append(f"y{k} = np.zeros({end.length or 1}, np.dtype('{op.dtype(end)}'))")
        if end.length is None:
            within.append(f"y{k}[0] += {found}.item()")
        elif end.positions is None:
            within.append(f"y{k}[start:stop] = {found}")
        else:
            added.append(f"y{k}[x{end.positions}[start + k]] += {found}[k]")
    # In one loop: a row often adds to where the row before it did, and each such sum waits for itself alone.
    if added:
        within += ["for k in range(stop - start):", *(f"    {line}" for line in added)]
    made = [f"y{k}.reshape(())" if end.length is None else f"y{k}" for k, end in enumerate(op.ends)]
    return "\n".join(
        [
            f"def by_blocks({', '.join(names)}):",
            f"    rows = {names[op.cut.index(True)]}.shape[0]",
            *(f"    {line}" for line in before),
            f"    for start in range(0, rows, {op.block}):",
            f"        stop = min(start + {op.block}, rows)",
            f"        {''.join(f'z{k}, ' for k in range(len(op.inner.outputs)))} = inner({', '.join(pieces)})",
            *(f"        {line}" for line in within),
            f"    return {', '.join(made)}",
        ]
    )


def _rows(variable: Variable) -> int | None:
    """How many rows a vector of numbers by row has; none if it is none."""
    kind = variable.type
    if not isinstance(kind, TensorType) or kind.ndim != 1:
        return None
    (length,) = kind.shape
    return length if length is not None and length >= LONG else None


def _row_by_row(node: Apply) -> int | None:
    """Rows of a node each of whose numbers follows from one row of every vector that it is given."""
    counts = {_rows(output) for output in node.outputs}
    if len(counts) > 1 or None in counts:
        return None
    (rows,) = counts
    if isinstance(node.op, Elemwise):
        given = node.inputs
        fits = all(v.type.broadcastable == (True,) or _rows(v) == rows for v in given)
    elif isinstance(node.op, AdvancedSubtensor) and all(isinstance(k, int) for k in node.op.idx_list):
        fits = all(_rows(v) == rows and v.type.dtype != "bool" for v in node.inputs[1:])
    else:
        fits = False
    return rows if fits else None


def _cut_inputs(node: Apply) -> list[bool]:
    """Which inputs of such a node are cut to the rows of a block."""
    if isinstance(node.op, Elemwise):
        return [not v.type.broadcastable[0] for v in node.inputs]
    return [False, *(True for _ in node.inputs[1:])]


@graph_rewriter
def _put(fgraph: FunctionGraph) -> None:
    """Put loops over blocks in a graph."""
    for nodes in _regions(fgraph):
        # One alone is a loop already.
        if len(nodes) > 1:
            _replace(fgraph, nodes)


def _regions(fgraph: FunctionGraph) -> list[list[Apply]]:
    """Nodes that can share a loop: of as many rows, none of which needs the end of the loop.

    A loop that needs the sum of another comes after it; in the order in which they are to run.
    """
    # How many loops must have ended before a variable is there row by row, and as a whole.
    by_row: dict[Variable, int] = defaultdict(int)
    whole: dict[Variable, int] = defaultdict(int)
    level: dict[Apply, int] = {}
    for node in fgraph.toposort():
        if _row_by_row(node) is None:
            at = after = max((whole[v] for v in node.inputs), default=0)
        else:
            pairs = zip(node.inputs, _cut_inputs(node), strict=True)
            at = level[node] = max(by_row[v] if cut else whole[v] for v, cut in pairs)
            after = at + 1
        by_row.update((v, at) for v in node.outputs)
        whole.update((v, after) for v in node.outputs)
    found: dict[tuple[int, int], list[Apply]] = defaultdict(list)
    for node in reversed(level):
        # What only a later loop needs is computed there: kept from one to the other it would be written and read whole.
        users = [user for v in node.outputs for user in fgraph.clients[v]]
        if all(user in level and _cut_inputs(user)[k] for user, k in users):
            level[node] = min(level[user] for user, _ in users)
        found[level[node], _rows(node.outputs[0]) or 0].append(node)
    return [nodes[::-1] for _, nodes in sorted(found.items(), key=lambda one: one[0])]


def _replace(fgraph: FunctionGraph, nodes: Sequence[Apply]) -> None:
    """Have one loop compute what others need of these nodes."""
    own, inputs, inside = set(nodes), {}, {}

    def given(variable: Variable, cut: bool) -> Variable:
        if (variable, cut) not in inputs:
            kind = variable.type.clone(shape=(None,)) if cut else variable.type
            inputs[variable, cut] = kind()
        return inputs[variable, cut]

    def within(variable: Variable, cut: bool) -> Variable:
        if variable in inside:
            return inside[variable]
        # Small ones are part of the code.
        return variable if isinstance(variable, Constant) and not cut else given(variable, cut)

    for node in nodes:
        copies = [within(v, cut) for v, cut in zip(node.inputs, _cut_inputs(node), strict=True)]
        inside.update(zip(node.outputs, node.op.make_node(*copies).outputs, strict=True))
    # Outputs of a block; what stands for an end of the loop, and what that is added to.
    outputs: dict[Variable, int] = {}
    ends: dict[Variable, tuple[_End, Variable | None]] = {}
    for variable, copy in inside.items():
        for user, _ in fgraph.clients[variable]:
            if user in own:
                continue
            if _sums(user):
                k = outputs.setdefault(user.op(copy), len(outputs))
                ends[user.outputs[0]] = (_End(k), None)
                continue
            k = outputs.setdefault(copy, len(outputs))
            if _adds_by_position(user, variable) and user.inputs[2] not in inside:
                base, _, positions = user.inputs
                given(positions, True)
                at = list(inputs).index((positions, True))
                ends[user.outputs[0]] = (_End(k, at, base.type.shape[0]), base)
            else:
                ends[variable] = (_End(k, None, _rows(variable)), None)
    mode = get_active_mode(fgraph)
    inner = FunctionGraph(list(inputs.values()), list(outputs), clone=False)
    rewrite_ofg_inner_graph(mode.linker, None, None, inner, mode=mode)
    cut = tuple(cut for _, cut in inputs)
    op = ByBlocks(inner.freeze(), cut, tuple(end for end, _ in ends.values()), BLOCK)
    made = op.make_node(*(variable for variable, _ in inputs)).outputs
    new = [
        (old, found if base is None or _is_zero(base) else pt.add(base, found))
        for (old, (_, base)), found in zip(ends.items(), made, strict=True)
    ]
    # What does not fit is found before anything is replaced: PyTensor goes on with a graph that is half done.
    new = [(old, old.type.filter_variable(found, allow_convert=True)) for old, found in new]
    # From the end: a sum may be added to another, which is then still the one that the graph has.
    place = {node: k for k, node in enumerate(fgraph.toposort())}
    new.sort(key=lambda pair: -place[pair[0].owner])
    fgraph.replace_all(new, reason="by blocks")


def _sums(node: Apply) -> bool:
    return isinstance(node.op, Sum) and node.outputs[0].ndim == 0 and _real(node.outputs[0])


def _real(variable: Variable) -> bool:
    return variable.type.dtype == "float64"


def _adds_by_position(node: Apply, variable: Variable) -> bool:
    """Whether it adds a vector, and nothing else of it, to another at positions that come with it."""
    op = node.op
    if not isinstance(op, AdvancedIncSubtensor) or op.set_instead_of_inc or op.ignore_duplicates:
        return False
    base, added, *positions = node.inputs
    return (
        op.idx_list == (0,)
        and base.ndim == 1
        and base.type.shape[0] is not None
        and _real(base)
        # A sum of other numbers (32-bit ones and zeros of a switch) would be one of that kind.
        and _real(variable)
        and added is variable
        and variable not in (base, *positions)
        and _rows(positions[0]) == _rows(variable)
        and positions[0].type.dtype != "bool"
    )


def _is_zero(base: Variable) -> bool:
    try:
        return float(get_underlying_scalar_constant_value(base)) == 0.0
    except NotScalarConstantError:
        return False


#: Where among PyTensor's rewrites: when every function of one number is known, before several are fused into one loop.
REWRITE = (_put, 48.7)
