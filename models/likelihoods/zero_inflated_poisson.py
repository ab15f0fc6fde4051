"""Zero-inflated Poisson count of troops, for outcomes published that way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._hurdle import whole, zero_inflated_logp
from models.likelihoods._stable import log_sigmoid, namespace
from models.likelihoods._two_parts import TwoParts

LARGEST_RATE = 1e18  # persons; NumPy's Poisson generator refuses rates above about 9e18


@dataclass(frozen=True)
class ZeroInflatedPoisson(TwoParts):
    """With chance sigmoid(participation) troops ~ Poisson(exp(size)), else none; persons.

    Contingents vary far more than a Poisson count does, so its intervals are too narrow:
    prefer ``hurdle_negbinomial`` where nothing published has to be matched.
    """

    name: str = "zero_inflated_poisson"
    words: ClassVar[str] = "a Poisson number of troops with extra zeros"
    outcome: str = "troops"
    intercept: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"participation": (-2.0, 1.5), "size": (5.0, 2.0)}
    )
    plausible_intercept: ClassVar[Mapping[str, float]] = {"size": 5.0}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log probability of each count of troops."""
        troops = whole(outcome.troops)

        def size(rows: Any) -> TensorVariable:
            log_rate = eta["size"][rows]
            return troops[rows] * log_rate - pt.exp(log_rate) - namespace(troops).gammaln(troops[rows] + 1)

        return zero_inflated_logp(
            eta["participation"], troops > 0, size, lambda rows: pt.exp(eta["size"][rows])
        )

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected troops, persons."""
        return pt.exp(log_sigmoid(eta["participation"]) + eta["size"])

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw troops, persons, shape (..., row)."""
        participation, size = np.broadcast_arrays(eta["participation"], eta["size"])
        troops = rng.poisson(np.minimum(np.exp(size), LARGEST_RATE)).astype(float)
        return np.where(rng.random(size.shape) < expit(participation), troops, 0.0)


LIKELIHOOD = ZeroInflatedPoisson()
