"""Log densities of a program and of the model that it was made of."""

from __future__ import annotations

import ctypes

import numpy as np
import pymc as pm
from pytensor.compile.mode import Mode

REAL = ctypes.POINTER(ctypes.c_double)


def density(found, point: np.ndarray) -> tuple[float, np.ndarray]:
    gradient, value = np.zeros_like(point), np.zeros(1)
    arrays = (a.ctypes.data_as(REAL) for a in (point, gradient, value))
    assert found.compiled_logp_func.ctypes(point.size, *arrays, found.user_data.ctypes.data) == 0
    return float(value[0]), gradient


def written(model: pm.Model, values: dict[str, np.ndarray]) -> float:
    """Log density in Python, term by term: there are more of them than NumPy adds at once."""
    terms = model.compile_logp(sum=False, mode=Mode(linker="py", optimizer=None))(values)
    return float(sum(np.sum(term) for term in terms))
