"""A likelihood's log density of each row of one outcome, with derivatives, as a function of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.compile.maker import function
from pytensor.gradient import grad
from pytensor.graph.replace import vectorize_graph

from models.likelihoods import Likelihood, Outcome
from models.modes import ONCE

#: Step of central differences of a gradient, in units of a predictor or of the log of a dispersion.
STEP = 1e-4


class RowDensity:
    """The log density of each row of an outcome, given predictors and dispersions.

    Parameters
    ----------
    likelihood : Likelihood
    outcome : Outcome
        Arrays, shape (row,); they go in as they are: a likelihood of one's own may ask NumPy.
    priors : mapping
        Priors of its dispersions that replace the defaults, as in ``ContributionPriors.dispersion``.

    Attributes
    ----------
    parts : tuple of str
    start : ndarray, shape (dispersion,)
        Dispersions on their unconstrained scale at the prior's starting point.
    """

    def __init__(self, likelihood: Likelihood, outcome: Outcome, priors: Mapping[str, Any]) -> None:
        self.likelihood, self.outcome, self.parts = likelihood, outcome, tuple(likelihood.parts)
        # `unit` scales predictors: a difference must be small beside the predictor's own size.
        self.step = STEP * likelihood.unit
        self._eta = eta = {part: pt.vector(part, dtype="float64") for part in self.parts}
        with pm.Model() as model:
            params = likelihood.parameters(priors)
        self._known = dict(zip(params, model.replace_rvs_by_values(list(params.values())), strict=True))
        values = model.value_vars
        self.start = np.array([float(model.initial_point()[v.name]) for v in values])
        self._inputs = [*eta.values(), *values]
        own: Any = grad(model.logp(), values) if values else []
        self._prior = _function(values, [model.logp(), *own]) if values else None
        rows = likelihood.logp(outcome, eta, self._known)
        gradient: Any = grad(rows.sum(), self._inputs, disconnected_inputs="ignore")
        self._rows = _function(self._inputs, [rows, *gradient])

    @cached_property
    def _mean(self) -> Any:
        """Expected outcomes, many draws at once: what Python adds to each operation would else be most of the time."""
        mean = self.likelihood.mean(self._eta, self._known, self.outcome.armed_forces)
        batch = {
            v: pt.tensor(f"{v.name}_draws", dtype=v.dtype, shape=(None,) * (v.ndim + 1)) for v in self._inputs
        }
        return _function([*batch.values()], [vectorize_graph(pt.as_tensor_variable(mean), batch)])

    def rows(self, eta: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log density (row,), its gradient in predictors (part, row), and of the sum in dispersions.

        Parameters
        ----------
        eta : ndarray, shape (part, row)
        phi : ndarray, shape (dispersion,)
        """
        found = self._rows(*eta, *phi)
        parts = len(self.parts)
        return found[0], np.array(found[1 : 1 + parts]), np.array(found[1 + parts :], float)

    def prior(self, phi: np.ndarray) -> tuple[float, np.ndarray]:
        """Log prior density of the dispersions and its gradient, shape (dispersion,), on the unconstrained scale."""
        if self._prior is None:
            return 0.0, np.zeros(0)
        value, *gradient = self._prior(*phi)
        return float(value), np.array(gradient, float)

    def mean(self, eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """Expected outcome of each row at each of several draws, shape (draw, row).

        Parameters
        ----------
        eta : ndarray, shape (part, draw, row)
        phi : ndarray, shape (dispersion, draw)
        """
        return self._mean(*eta, *phi)[0]


def _function(inputs: list, outputs: list) -> Any:
    return function(inputs, outputs, mode=ONCE, on_unused_input="ignore")
