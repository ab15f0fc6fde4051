"""Likelihoods of a contribution, one file each, chosen by name in the spec.

A likelihood owns its dispersion parameters, its log density, its mean and its
simulator. It knows nothing of states, treaties or operations: those build the linear
predictors (``models.contribution``), one for each of the likelihood's ``parts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from pytensor.tensor.variable import TensorVariable

Predictors = Mapping[str, TensorVariable]
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Outcome:
    """What was observed, one entry a row.

    Attributes
    ----------
    troops : ndarray, shape (row,)
        Troops in theatre, persons (non-negative, not necessarily whole for averages of lists).
    armed_forces : ndarray, shape (row,)
        Active armed forces, persons.
    share : ndarray, shape (row,)
        troops / armed_forces, in [0, 1].
    """

    troops: np.ndarray
    armed_forces: np.ndarray
    share: np.ndarray


class Likelihood(Protocol):
    """The interface of every likelihood."""

    name: str
    #: Linear predictors it needs, e.g. ("participation", "size"); each gets its own coefficients.
    parts: tuple[str, ...]
    #: What the likelihood describes and what ``mean`` and ``simulate`` return:
    #: "share" (0-1), "participation" (0/1) or "troops" (persons).
    outcome: str
    #: Default prior of each part's intercept as (mean, sd) on that part's scale.
    intercept: Mapping[str, tuple[float, float]]

    def parameters(self, priors: Mapping[str, Any]) -> Predictors:
        """Register the free dispersion parameters in the PyMC model on the stack."""
        ...

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each row, shape (row,); normalised, so that rows can be compared."""
        ...

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected outcome of each row, shape (row,), symbolic."""
        ...

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw outcomes with NumPy; ``eta`` arrays broadcast as (..., row), ``params`` as (..., 1)."""
        ...


def get(name: str) -> Likelihood:
    """Return the likelihood called `name`; raise ValueError that lists the known names."""
    from importlib import import_module
    from pkgutil import iter_modules

    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    if name not in names:
        raise ValueError(f"likelihood {name!r} is not one of {', '.join(names)}")
    return import_module(f"{__name__}.{name}").LIKELIHOOD
