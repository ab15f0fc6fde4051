"""Large constants of what Numba compiles."""

from __future__ import annotations

from collections.abc import Sequence

import pytensor
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import graph_replace
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.graph.traversal import ancestors
from pytensor.tensor.rewriting.subtensor import local_uint_constant_indices
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor
from pytensor.tensor.variable import TensorVariable

#: Bytes above which a constant is data of the program, and no part of its code.
LARGE = 2**16


def without_large(outputs: Sequence[TensorVariable]) -> list[TensorVariable]:
    """The same graph with its large constants as data, each a shared variable of its own value.

    Numba writes a constant array into the code, as text that LLVM reads; one above a megabyte it finds by an address of
    this process, and then keeps nothing of what it compiled.
    """
    if not any(_is_large(variable) for variable in ancestors(outputs)):
        return list(outputs)
    small = rewrite_graph(list(outputs), custom_rewrite=dfs_rewriter(_small_positions), clone=True)
    large = dict.fromkeys(variable for variable in ancestors(small) if _is_large(variable))
    held = {
        constant: pytensor.shared(constant.data, f"constant_{k}", shape=constant.data.shape)
        for k, constant in enumerate(large)
    }
    return graph_replace(small, held)


@node_rewriter([AdvancedSubtensor, AdvancedIncSubtensor])
def _small_positions(fgraph: FunctionGraph, node: Apply) -> list[Variable] | bool:
    """Large constant positions in as few bytes as hold them, as PyTensor has all of them in the end."""
    return local_uint_constant_indices.fn(fgraph, node) if any(map(_is_large, node.inputs)) else False


def _is_large(variable: Variable) -> bool:
    return isinstance(variable, Constant) and getattr(variable.data, "nbytes", 0) > LARGE
