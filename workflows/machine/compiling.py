"""How PyTensor compiles here: so that the same seed gives the same draws from the first run on; idle rewriting left out.

By default PyTensor lets Numba rearrange sums and contract products (`numba__fastmath`). What LLVM makes of that
licence depends on what it sees at once: the process that compiles an operator for the first time computes with the
copy that was optimised alone, one that loads the model from the cache with the copy that was optimised inside the
model. First and second run then differ in the last digit, and after some hundred steps in every digit. Without the
licence LLVM must keep each rounding as written, so that all copies compute the same numbers. (JAX keeps
whole programs: a later process reads what the first computed with.)
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pytensor import config
from pytensor.graph.basic import Variable
from pytensor.graph.rewriting.utils import rewrite_graph

#: Rewrites of PyTensor's that are left out. This one multiplies out wherever a product by itself becomes shorter. In a
#: beta-binomial density that is half of all rewriting, and undoes what terms share: its gradient took half as long again.
LEFT_OUT = ("local_greedy_distributor",)


def exact() -> AbstractContextManager:
    """Within it, code that PyTensor compiles keeps every rounding as written.

    The Python that PyTensor writes on the way stays beside what is compiled, where the same text is one file and an
    old one is removed; by default each function leaves a file of its own in the folder for temporary files, for good.
    """
    written = config.generated_src_dir or str(Path(config.compiledir) / "source")
    return config.change_flags(numba__fastmath=False, generated_src_dir=written)


def rewritten(graph: Variable | Sequence[Variable], *rewrites: str) -> Any:
    """A copy of a graph with rewrites of these names applied, but for those left out."""
    return rewrite_graph(graph, include=rewrites, clone=True, exclude=LEFT_OUT)
