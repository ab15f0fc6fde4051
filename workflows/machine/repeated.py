"""Functions of one draw that are called for so many draws and rows that compiling them pays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.link.numba.dispatch.basic import numba_njit
from pytensor.link.numba.linker import NumbaLinker
from pytensor.tensor.variable import TensorVariable

from workflows.machine.callees import PYTHON, linked_only
from workflows.machine.compiling import exact
from workflows.machine.large import without_large
from workflows.machine.mode import machine_code

#: Draws computed at a time, at most: each has some dozen vectors of rows in memory.
MOST = 4


class _Released(NumbaLinker):
    """PyTensor's, but that a function lets other threads run while it computes."""

    def jit_compile(self, fn_and_cache: tuple[Any, str | None]) -> Any:
        function, key = fn_and_cache
        return numba_njit(function.py_func, final_function=True, cache=key is not None, nogil=True)


class Repeated:
    """Function of `inputs` for `outputs` in machine code: one loop over rows for much of what is done with each.

    It is compiled when it is called first. Every rounding is kept as written: a second run has the same numbers.
    """

    def __init__(self, inputs: Sequence[TensorVariable], outputs: Sequence[TensorVariable]) -> None:
        mode = Mode(_Released(), machine_code().optimizer)
        with exact():
            function = pytensor.function(
                list(inputs), without_large(outputs), mode=mode, on_unused_input="ignore"
            )
        self._types = [variable.type for variable in inputs]
        # PyTensor's own call keeps what it is given in one place, which threads would share.
        self._code = function.vm.jit_fn
        self._data = function.input_storage[len(inputs) :]
        self._compiled = False

    def __call__(self, *values: np.ndarray) -> list[np.ndarray]:
        """Of one draw."""
        given = [
            kind.filter(np.asarray(value, order="C")) for kind, value in zip(self._types, values, strict=True)
        ]
        # Data of a model may be exchanged between calls.
        given += [cell.data for cell in self._data]
        if self._compiled:
            return list(self._code(*given))
        with exact(), linked_only(PYTHON):
            found = list(self._code(*given))
        self._compiled = True
        return found

    def each(self, draws: Iterable[Sequence[np.ndarray]]) -> Iterator[list[np.ndarray]]:
        """Of one draw after the other, in their order; as many at a time as there are processors, up to `MOST`."""
        draws = iter(draws)
        # Compiled by one thread.
        for first in draws:
            yield self(*first)
            break
        threads = min(MOST, os.cpu_count() or 1)
        with ThreadPoolExecutor(threads) as pool:
            ahead: deque[Future[list[np.ndarray]]] = deque()
            for draw in draws:
                ahead.append(pool.submit(self, *draw))
                if len(ahead) > threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
