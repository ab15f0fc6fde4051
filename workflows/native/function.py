"""Functions of machine code that nutpie can call, found on disk by what they compute."""

from __future__ import annotations

import ctypes
import hashlib
import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
import nutpie
import pytensor
import pytensor.tensor as pt
from numba.core.ccallback import CFunc
from nutpie.compile_pymc import address_as_void_pointer
from pymc.pytensorf import compile as compile_graph
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.replace import clone_replace
from pytensor.link.numba.cache import NUMBA_CACHE_PATH, compile_numba_function_src
from pytensor.tensor.variable import TensorVariable

from workflows.machine import mode
from workflows.machine.callees import linked_only
from workflows.machine.compiling import exact, rewritten
from workflows.native.graph import digest, shared_of
from workflows.store.collect import seldom

_REAL = numba.types.CPointer(numba.types.double)
_COUNT, _CODE, _DATA = numba.types.uint64, numba.types.int64, numba.types.voidptr
#: What nutpie calls: (size, point, gradient, log density, data) and (size, size of values, point, values, data).
DENSITY = _CODE(_COUNT, _REAL, _REAL, _REAL, _DATA)
VALUES = _CODE(_COUNT, _COUNT, _REAL, _REAL, _DATA)


@dataclass(frozen=True, eq=False)
class Function:
    """What one function computes of a flat point, as a graph; it can be handed to another process.

    Parameters
    ----------
    outputs : sequence of TensorVariable
        Scalars, whose sum and its gradient are wanted; or variables, whose values are wanted one after the other.
    inputs : sequence of TensorVariable
        Variables that the point holds, one after the other.
    shapes : sequence of tuple of int
        Theirs.
    shared : sequence of SharedVariable
        Data of the whole program, in the order in which nutpie hands them over.
    gradient : bool
    """

    outputs: Sequence[TensorVariable]
    inputs: Sequence[TensorVariable]
    shapes: Sequence[tuple[int, ...]]
    shared: Sequence[SharedVariable]
    gradient: bool

    @property
    def size(self) -> int:
        """Numbers in a point."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    @cached_property
    def key(self) -> str:
        """Everything that the machine code follows from, but the processor, which Numba knows."""
        layout = [repr(variable.type) for variable in self.shared]
        # The digest counts data as it meets them; here is where they are found.
        places = [self.shared.index(variable) for variable in shared_of(self.outputs)]
        versions = (pytensor.__version__, nutpie.__version__, *mode.version())
        about = (layout, places, list(self.shapes), self.gradient, *versions)
        content = f"{digest(self.outputs, self.inputs)} {about} {self._source}"
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def _signature(self) -> Any:
        return DENSITY if self.gradient else VALUES

    def kept(self) -> CFunc | None:
        """The function as it lies on disk, if it does; what lies there damaged is taken away."""
        try:
            return self._compiled(None)
        except numba.TypingError:
            return None
        # Whatever a file that is not whole makes of its reader.
        except Exception:
            for path in NUMBA_CACHE_PATH.glob(f"*{self.key}*"):
                path.unlink(missing_ok=True)
            return None

    def compiled(self) -> CFunc:
        """Compile the function, and keep it."""
        with exact(), linked_only(), seldom():
            return self._compiled(self._graph().vm.jit_fn)

    def _graph(self) -> Any:
        """The function in PyTensor, of a point and of the data that it reads."""
        point = pt.tensor("point", dtype="float64", shape=(self.size,))
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes]).tolist()
        starts = [0, *ends[:-1]]
        pieces = {
            variable: point[start:end].reshape(shape).astype(variable.dtype)
            for variable, shape, start, end in zip(self.inputs, self.shapes, starts, ends, strict=True)
        }
        if self.gradient:
            total = rewritten(sum(self.outputs), "canonicalize", "stabilize")
            slopes: Any = pt.grad(total, list(self.inputs), disconnected_inputs="ignore")
            outputs = [total, pt.concatenate([slope.ravel() for slope in slopes])]
        else:
            outputs = [pt.concatenate([variable.ravel() for variable in self.outputs])]
        data = {variable: variable.type() for variable in self._read}
        inputs = [point, *data.values()]
        # Of some data only the shape matters, which is known.
        return compile_graph(
            inputs, clone_replace(outputs, pieces | data), mode=mode.machine_code(), on_unused_input="ignore"
        )

    @cached_property
    def _source(self) -> str:
        """The function in Python: data where nutpie's user data say, the point, and the graph's function `inner`."""
        lines, words = [], 2 * len(self.shared)
        for k, variable in enumerate(self.shared):
            if variable in self._read:
                shape = ", ".join(f"int64(words[{words + axis}])" for axis in range(variable.ndim))
                lines.append(f"s{k} = carray(pointer(words[{k}]), ({shape}{',' if shape else ''}), d{k})")
            words += variable.ndim
        data = "\n        ".join([f"words = carray(data_, ({words},), uint64)", *lines] if words else [])
        read = ["point", *(f"s{self.shared.index(v)}" for v in self._read)]
        # A call with more than thirty arguments does not compile inside a `try`; tuples that are added up do.
        called = "*" + " + ".join(f"({', '.join(some)},)" for some in itertools.batched(read, 20))
        return _SOURCE[self.gradient].format(size=self.size, data=data or "pass", called=called)

    @cached_property
    def _read(self) -> list[SharedVariable]:
        """Those of the data that this function reads."""
        own = set(shared_of(self.outputs))
        return [variable for variable in self.shared if variable in own]

    def _compiled(self, inner: Any) -> CFunc:
        """Load the machine code or, where `inner` is given, make it.

        A function of generated source, so that what it calls is no part of what Numba looks it up by: the digest is.
        """
        known = {
            "__name__": __name__, "np": np, "carray": numba.carray, "pointer": address_as_void_pointer,
            "int64": np.int64, "uint64": np.uint64, **({"inner": inner} if inner is not None else {}),
            **{f"d{k}": np.dtype(variable.dtype) for k, variable in enumerate(self.shared)},
        }  # fmt: skip
        written = compile_numba_function_src(self._source, "function", known, cache_key=f"program-{self.key}")
        with warnings.catch_warnings():
            # What holds an address of this process cannot be kept, and is compiled again by the next.
            warnings.filterwarnings("ignore", ".*Cannot cache compiled function", numba.NumbaWarning)
            return numba.cfunc(self._signature, cache=True)(written)


def added(first: CFunc, second: CFunc) -> CFunc:
    """The sum of two log densities of one point, as a log density with its gradient."""
    real = ctypes.POINTER(ctypes.c_double)
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, real, real, real, ctypes.c_void_p)
    # Called by their addresses: linked into one function, both would be optimised again as a whole.
    one, other = kind(first.address), kind(second.address)

    @numba.cfunc(DENSITY)
    def both(size: Any, point: Any, gradient: Any, value: Any, data: Any) -> Any:
        failed = one(size, point, gradient, value, data)
        if failed != 0:
            return failed
        slopes, total = np.empty(size), np.empty(1)
        failed = other(size, point, slopes.ctypes, total.ctypes, data)
        if failed != 0:
            return failed
        into, sum_ = numba.carray(gradient, (size,)), numba.carray(value, (1,))
        into += slopes
        sum_ += total
        return 0

    return both


_SOURCE = {
    True: """
def function(size, point_, gradient_, value_, data_):
    if size != {size}:
        return -1
    try:
        {data}
        point, gradient, value = carray(point_, ({size},)), carray(gradient_, ({size},)), carray(value_, ())
        total, slopes = inner({called})
        value[()] = total
        gradient[...] = slopes
        if not np.all(np.isfinite(gradient)):
            return 3
        if not np.isfinite(total):
            return 4
    except Exception:
        return 1
    return 0
""",
    False: """
def function(size, count, point_, values_, data_):
    if size != {size}:
        return -1
    try:
        {data}
        point, values = carray(point_, ({size},)), carray(values_, (count,))
        (found,) = inner({called})
        values[...] = found
    except Exception:
        return -2
    return 0
""",
}
