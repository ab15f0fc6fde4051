"""Functions that only others call become no machine code of their own, and compute the same."""

from __future__ import annotations

import ctypes

import numba
import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary

from workflows.machine.callees import linked_only

REAL = numba.types.double


def made():
    """A function for C of two that only it calls, one of which asks Python and raises."""
    inner = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

    @numba.njit(**inner)
    def root(x):
        if x < 0:
            raise ValueError(x)
        return np.sqrt(x)

    @numba.njit(**inner)
    def asked(x):
        with numba.objmode(y="float64"):
            y = float(str(x))
        return y

    def outer(x):
        try:
            return root(x) + asked(x)
        except Exception:
            return -1.0

    return root, outer


@pytest.fixture
def finished(monkeypatch):
    """Names of the libraries that become machine code."""
    names, own = [], JITCodeLibrary._finalize_specific
    monkeypatch.setattr(
        JITCodeLibrary, "_finalize_specific", lambda library: (names.append(library.name), own(library))
    )
    return names


def test_only_what_c_calls_becomes_machine_code(finished):
    with linked_only():
        compiled = numba.cfunc(REAL(REAL))(made()[1])
    mine = [name for name in finished if "made" in name]
    assert mine
    assert not [name for name in mine if "root" in name]
    call = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(compiled.address)
    assert call(2.0) == np.sqrt(2.0) + 2.0, "what asks Python has its environment"
    assert call(-2.0) == -1.0, "and so has what raises"


def test_without_it_each_does(finished):
    numba.cfunc(REAL(REAL))(made()[1])
    assert [name for name in finished if "root" in name]


def test_a_function_is_linked_later_and_elsewhere():
    root, _ = made()
    with linked_only():
        numba.cfunc(REAL(REAL))(lambda x: root(x) + 1.0)
    later = numba.njit(lambda x: root(x) + 2.0)
    assert later(4.0) == 4.0
