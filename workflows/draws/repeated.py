"""Functions of one draw that are called for so many draws and rows that compiling them pays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytensor
from pytensor.tensor.variable import TensorVariable

from workflows.draws.compiling import exact, machine_code
from workflows.draws.large import without_large


def repeated(
    inputs: Sequence[TensorVariable], outputs: Sequence[TensorVariable]
) -> Callable[..., list[np.ndarray]]:
    """Function of `inputs` for `outputs` in machine code: one loop over rows for much of what is done with each.

    It is compiled when it is called first. Every rounding is kept as written: a second run has the same numbers.
    """
    with exact():
        function = pytensor.function(
            list(inputs), without_large(outputs), mode=machine_code(), on_unused_input="ignore"
        )

    def call(*values: np.ndarray) -> list[np.ndarray]:
        with exact():
            return function(*values)

    return call
