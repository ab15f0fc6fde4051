"""Hurdle beta-binomial: whether a state sends troops, and how many of its soldiers, at least one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._betabinomial import log_mass, minus_log_zero, shares, truncated_draw
from models.likelihoods._hurdle import at, hurdle_logp, whole
from models.likelihoods._priors import PRECISION, Prior
from models.likelihoods._stable import log1mexp, log_sigmoid, namespace
from models.likelihoods._two_parts import TwoParts


@dataclass(frozen=True)
class HurdleBetaBinomial(TwoParts):
    """P(troops > 0) = sigmoid(participation); the positive count is zero-truncated beta-binomial.

    The untruncated mean share is sigmoid(size), its spread that of Beta(m p, (1 - m) p).
    Troops and armed forces are whole persons. The outcome is reported as a share.
    """

    name: str = "hurdle_betabinomial"
    words: ClassVar[str] = "participation, and a beta-binomial number of troops of those who take part"
    dispersion: tuple[str, ...] = ("precision",)
    own_participation: str | None = "participation"
    priors: ClassVar[Mapping[str, Prior]] = {"precision": PRECISION}
    plausible: ClassVar[Mapping[str, float]] = {"precision": 150.0}

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
        return shares(rng, eta, params, armed_forces, truncated_draw)


LIKELIHOOD = HurdleBetaBinomial()
