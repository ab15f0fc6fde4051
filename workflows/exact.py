"""Compiling so that the same seed gives the same draws from the first run on.

By default PyTensor lets Numba rearrange sums and contract products (`numba__fastmath`). What LLVM makes of that
licence depends on what it sees at once: the process that compiles an operator for the first time computes with the
copy that was optimised alone, one that loads the model from the cache with the copy that was optimised inside the
model. First and second run then differ in the last digit, and after some hundred steps in every digit. Without the
licence LLVM must keep each rounding as written, so that all copies compute the same numbers. (NumPyro has no such
cache: XLA compiles anew in every process.)
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pymc as pm
import pytensor
from pymc.model.transform.optimization import freeze_dims_and_data

from data.disk import own_folder
from data.errors import InputError


def exact() -> AbstractContextManager:
    """Within it, code that PyTensor compiles keeps every rounding as written."""
    return pytensor.config.change_flags(numba__fastmath=False)


#: The model compiled last, and its program: a fit at other data asks for the same one again.
_last: list[tuple[pm.Model, Any]] = []


def compiled(model: pm.Model) -> Any:
    """Compile a model for nutpie (Numba); its draws follow from data, start and seed alone.

    Draws are of free variables; `workflows.evaluate.with_deterministics` adds what follows from them, which costs less
    than to compile it. The model compiled last is not compiled again: its program is given the data it holds now.

    Parameters
    ----------
    model : Model
        Finished: nothing is registered in it afterwards.

    Returns
    -------
    nutpie.CompiledModel
        Its flat points hold the model's free variables in the model's own order.
    """
    import nutpie

    for known, program in _last:
        if known is model:
            return with_data_of(model, program)
    place = Path(pytensor.config.compiledir)
    if not own_folder(place):
        # What lies there is run as it is.
        raise InputError(
            "compiled code in a folder of another user",
            "one of your own: PYTENSOR_FLAGS=base_compiledir=DIR",
            file=place,
        )
    # Dims are constants, data are not: they may be exchanged.
    frozen = freeze_dims_and_data(model, data=[])
    # PyMC puts variables in another order there, and nutpie's points are flat: a start would be read as another one.
    place_of = {variable.name: k for k, variable in enumerate(model.free_RVs)}
    frozen.free_RVs.sort(key=lambda variable: place_of[variable.name])
    with exact():
        program = nutpie.compile_pymc_model(
            frozen,
            backend="numba",
            var_names=[variable.name for variable in model.free_RVs],
        )
    _last[:] = [(model, program)]
    return program


def with_data_of(model: pm.Model, program: Any) -> Any:
    """A compiled model with the data that the model holds now: the program's own data variables are copies."""
    data = {v.name: model[v.name].get_value() for v in program.shared_var_keys}
    return program.with_data(**data) if data else program
