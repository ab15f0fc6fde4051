"""Hurdle beta-binomial: whether a state sends troops, and how many of its soldiers, at least one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._betabinomial import log_mass, minus_log_zero, truncated_draw
from models.likelihoods._hurdle import at, hurdle_logp, whole
from models.likelihoods._priors import PRECISION, Prior, register
from models.likelihoods._stable import log1mexp, log_sigmoid, namespace
from models.likelihoods._traits import Traits


@dataclass(frozen=True)
class HurdleBetaBinomial(Traits):
    """P(troops > 0) = sigmoid(participation); the positive count is zero-truncated beta-binomial.

    The untruncated mean share is sigmoid(size), its spread that of Beta(m p, (1 - m) p).
    Troops and armed forces are whole persons. The outcome is reported as a share.
    """

    name: str = "hurdle_betabinomial"
    words: ClassVar[str] = "participation, and a beta-binomial number of troops of those who take part"
    parts: tuple[str, ...] = ("participation", "size")
    positive_only: tuple[str, ...] = ("size",)
    dispersion: tuple[str, ...] = ("precision",)
    outcome: str = "share"
    intercept: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"participation": (-2.0, 1.5), "size": (-5.5, 1.5)}
    )
    own_participation: str | None = "participation"
    priors: ClassVar[Mapping[str, Prior]] = {"precision": PRECISION}
    plausible: ClassVar[Mapping[str, float]] = {"precision": 150.0}

    def parameters(self, priors: Mapping[str, Any]) -> Predictors:
        """Register `precision` (pseudo-count)."""
        return register(self.priors, priors)

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log probability of each count of troops."""
        troops = whole(outcome.troops)
        armed_forces = namespace(troops).maximum(whole(outcome.armed_forces), troops)

        def size(rows: Any) -> TensorVariable:
            location, precision = eta["size"][rows], at(params["precision"], rows)
            mass = log_mass(location, precision, troops[rows], armed_forces[rows])
            return mass - log1mexp(minus_log_zero(location, precision, armed_forces[rows]))

        return hurdle_logp(eta["participation"], troops > 0, size)

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected share; truncation divides the untruncated mean by 1 - P(0)."""
        log_some = log1mexp(minus_log_zero(eta["size"], params["precision"], armed_forces))
        return pt.exp(log_sigmoid(eta["participation"]) + log_sigmoid(eta["size"]) - log_some)

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw shares, shape (..., row): whole troops over whole armed forces."""
        size, participation, precision, forces = np.broadcast_arrays(
            eta["size"], eta["participation"], params["precision"], whole(armed_forces)
        )
        share = np.zeros(size.shape)
        taking = rng.random(size.shape) < expit(participation)
        troops = truncated_draw(rng, size[taking], precision[taking], forces[taking])
        share[taking] = troops / forces[taking]
        return share


LIKELIHOOD = HurdleBetaBinomial()
