"""Compiling where only what is called from outside becomes machine code.

Numba optimises every function in full and makes machine code of it as soon as it is compiled, though one that
neither Python nor C can call is only ever linked into its callers and optimised again there: of the CPU time of
compiling a model more than a third. Within `linked_only` such a function is kept as LLVM's code, inlined and no more,
until a caller is made of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary, JITCPUCodegen
from numba.core.environment import lookup_environment

#: Of Numba's own classes: what is put in place of what, within `linked_only`.
_OWN_OPTIMISE = CPUCodeLibrary._optimize_final_module
_OWN_FINISH = CPUCodeLibrary._finalize_final_module
_OWN_ADDRESS = JITCodeLibrary.get_pointer_to_function
_OWN_STORE = CPUCodeLibrary.serialize_using_object_code
_OWN_ENVIRONMENT = JITCPUCodegen.set_env
#: How the names of functions begin that are called from outside.
C, PYTHON = "cfunc.", "cpython."
#: Says that a library has no machine code yet.
_MARK = "_linked_only"


@contextlib.contextmanager
def linked_only(outside: str = C) -> Iterator[None]:
    """Within it, Numba makes no machine code of functions that are only called by others that it compiles.

    Where something is kept on disk, it is machine code if `outside` may call it: `C` or `PYTHON`.

    The numbers that come of it are the same under `workflows.machine.compiling.exact`: each rounding is kept as written.
    """
    with (
        mock.patch.object(CPUCodeLibrary, "_optimize_final_module", _optimise),
        mock.patch.object(CPUCodeLibrary, "_finalize_final_module", _finish),
        mock.patch.object(
            CPUCodeLibrary, "serialize_using_object_code", lambda library: _store(library, outside)
        ),
        mock.patch.object(JITCodeLibrary, "get_pointer_to_function", _address),
        mock.patch.object(JITCPUCodegen, "set_env", _environment),
    ):
        yield


def _optimise(library: Any) -> None:
    """Inline, which is what prunes counting of references; the caller is optimised in full."""
    codegen = library._codegen
    cheap, timing = codegen._module_pass_manager(
        loop_vectorize=codegen._loopvect, slp_vectorize=False, opt=codegen._opt_level, cost="cheap"
    )
    cheap.run(library._final_module, timing)


def _finish(library: Any) -> None:
    """Leave it at LLVM's code, unless machine code was found on disk."""
    if getattr(library, "_compiled_object", None) is not None:
        _OWN_FINISH(library)
        return
    library._finalize_dynamic_globals()
    library._verify_declare_only_symbols()
    library._finalized = True
    setattr(library, _MARK, True)


def _address(library: Any, name: str) -> int:
    """Machine code where somebody asks for a function that the library has; as Numba's own, 0 where it has none."""
    library._ensure_finalized()
    if getattr(library, _MARK, False):
        try:
            library.get_function(name)
        except NameError:
            return 0
        _make(library)
    return _OWN_ADDRESS(library, name)


def _make(library: Any) -> None:
    """Optimise in full, and make machine code."""
    setattr(library, _MARK, False)
    _OWN_OPTIMISE(library)
    _OWN_FINISH(library)
    # Those of the functions linked in, which raise their errors by them: they are defined here for the first time.
    for variable in library._final_module.global_variables:
        environment = lookup_environment(variable.name)
        if environment is not None:
            _OWN_ENVIRONMENT(library._codegen, variable.name, environment)


def _store(library: Any, outside: str) -> Any:
    """What Numba keeps on disk: LLVM's code where there is no other, and nobody but other functions calls it."""
    library._ensure_finalized()
    if getattr(library, _MARK, False):
        # Kept as it stands, it would be read without being optimised.
        if not any(f.name.startswith(outside) for f in library.get_defined_functions()):
            return library.serialize_using_bitcode()
        _make(library)
    return _OWN_STORE(library)


def _environment(codegen: Any, name: str, environment: Any) -> None:
    """Hand a function its environment, unless it has no place in memory yet."""
    engine = codegen._engine
    if engine.is_symbol_defined(name) and engine.get_global_value_address(name):
        _OWN_ENVIRONMENT(codegen, name, environment)
