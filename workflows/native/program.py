"""A PyMC model as nutpie runs it, of functions that `workflows.native.function` finds or compiles."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pymc as pm
import pytensor
from nutpie.compile_pymc import CompiledPyMCModel, _prepare_dims_and_coords, make_user_data
from pymc.initial_point import make_initial_point_fn
from pymc.model.transform.optimization import freeze_dims_and_data
from pytensor.tensor.variable import TensorVariable

from data.common.disk import own_folder
from data.common.errors import InputError
from workflows.draws.starts import centre
from workflows.machine.compiling import rewritten
from workflows.machine.large import without_large
from workflows.native.aside import compiling
from workflows.native.function import Function, added
from workflows.native.graph import addends, halves, shared_of
from workflows.native.ready import Ready, made_ready


@dataclass(frozen=True, kw_only=True)
class _Program(CompiledPyMCModel):
    """As nutpie has it, with what is computed of the data beforehand."""

    ready: Ready


#: The model compiled last, and its program: a fit at other data asks for the same one again.
_last: list[tuple[pm.Model, _Program]] = []


def compiled(model: pm.Model) -> _Program:
    """Compile a model for nutpie, or find it compiled; its draws follow from data, start and seed alone.

    Draws are of free variables; `workflows.draws.evaluate.with_deterministics` adds what follows from them, which
    costs less than to compile it. The model compiled last is not looked for again: its program is given the data it
    holds now.

    Parameters
    ----------
    model : Model
        Finished: nothing is registered in it afterwards.

    Returns
    -------
    CompiledPyMCModel
        Its flat points and draws hold the free variables in the model's own order.

    Raises
    ------
    InputError
        If compiled code lies in a folder of another user.
    """
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
    program = _program(model)
    _last[:] = [(model, program)]
    return program


def with_data_of(model: pm.Model, program: _Program) -> _Program:
    """A compiled model with the data that the model holds now: the program's own data variables are copies."""
    data = {v.name: v.get_value() for v in model.data_vars}
    data |= program.ready.of(data)
    # Others are constants of the model.
    used = {v.name: data[v.name] for v in program.shared_var_keys if v.name in data}
    return program.with_data(**used) if used else program


def _program(model: pm.Model) -> _Program:
    """Find or compile the functions of a model, and hand them to nutpie."""
    # Dims are constants, data are not: they may be exchanged.
    frozen = freeze_dims_and_data(model, data=[])
    # PyMC puts variables in another order there, and nutpie's points are flat: a start would be read as another one.
    place_of = {variable.name: k for k, variable in enumerate(model.free_RVs)}
    frozen.free_RVs.sort(key=lambda variable: place_of[variable.name])
    inputs = [frozen.rvs_to_values[variable] for variable in frozen.free_RVs]
    transformed = [rv for rv in frozen.free_RVs if frozen.rvs_to_transforms[rv] is not None]
    logps = frozen.logp(sum=False)
    # Terms come with copies of their own of what they share, written in other ways.
    written = rewritten([*logps, *frozen.replace_rvs_by_values(transformed)], "merge", "canonicalize")
    totals, expanded = written[: len(logps)], written[len(logps) :]
    terms = [term for logp in totals for term in addends(logp if logp.ndim == 0 else logp.sum())]
    found, ready = made_ready([*terms, *expanded], inputs)
    found = without_large(found)
    terms, values = found[: len(terms)], [*inputs, *found[len(terms) :]]
    shapes = _shapes(frozen, inputs, values)
    shared = shared_of([*terms, *values])
    density, *rest = (
        Function(half, inputs, shapes[: len(inputs)], shared, gradient=True) for half in halves(terms)
    )
    expand = Function(values, inputs, shapes[: len(inputs)], shared, gradient=False)
    compiled = {f: f.kept() for f in (density, *rest, expand)}
    with compiling([f for f in rest if compiled[f] is None]):
        for f in (density, expand):
            compiled[f] = compiled[f] or f.compiled()
    # Found on disk now, where a process of its own was to be had.
    other = [compiled[f] or f.kept() or f.compiled() for f in rest]
    data = {
        f"s{k}": np.array(variable.get_value(borrow=True), order="C") for k, variable in enumerate(shared)
    }
    for value in data.values():
        value.flags.writeable = False
    keys = {variable: f"s{k}" for k, variable in enumerate(shared)}
    names = [*(variable.name for variable in inputs), *(variable.name for variable in transformed)]
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)]).tolist()
    slices = [slice(start, end) for start, end in itertools.pairwise(ends)]
    own_names = [frozen.rvs_to_values[variable].name for variable in transformed]
    dims, coords = _prepare_dims_and_coords(frozen, (names, slices, shapes), own_names)
    return _Program(
        ready=ready,
        _n_dim=density.size,
        dims=dims,
        _coords=coords,
        _shapes=dict(zip(names, shapes, strict=True)),
        compiled_logp_func=added(compiled[density], *other) if other else compiled[density],
        compiled_expand_func=compiled[expand],
        initial_point_func=_starts(frozen, inputs),
        shared_data=data,
        shared_var_keys=keys,
        user_data=make_user_data(keys, data),
        n_expanded=ends[-1],
        shape_info=(names, slices, shapes),
        logp_func=None,
        expand_func=None,
        reparameterized_names=own_names,
    )


def _shapes(
    model: pm.Model, inputs: Sequence[TensorVariable], values: Sequence[TensorVariable]
) -> list[tuple[int, ...]]:
    """Shapes of values, of which the first are the inputs."""
    if not any(None in variable.type.shape for variable in values):
        return [variable.type.shape for variable in values]
    start = centre(model)
    known = {variable: start[variable.name] for variable in inputs}
    return [
        value.shape if value is not None else tuple(variable.shape.eval({v: known[v] for v in inputs}))
        for variable, value in ((v, known.get(v)) for v in values)
    ]


def _starts(model: pm.Model, inputs: Sequence[TensorVariable]) -> Callable[[Any], np.ndarray]:
    """Nutpie's own starts: near each variable's support point, moved a little; compiled when first asked for."""
    made: list[Callable[[Any], dict[str, np.ndarray]]] = []
    lock = threading.Lock()

    def start(seed: Any) -> np.ndarray:
        with lock:
            if not made:
                made.append(
                    make_initial_point_fn(
                        model=model, jitter_rvs=set(model.free_RVs), return_transformed=True
                    )
                )
            point = made[0](seed)
        return np.concatenate([np.ravel(point[variable.name]) for variable in inputs]).astype(float)

    return start
