"""Zero-inflated beta-binomial: some could not have come, and of the others some send nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._betabinomial import draw, log_mass, minus_log_zero, shares
from models.likelihoods._hurdle import whole, zero_inflated_logp
from models.likelihoods._priors import PRECISION, Prior
from models.likelihoods._stable import namespace
from models.likelihoods._two_parts import TwoParts


@dataclass(frozen=True)
class ZeroInflatedBetaBinomial(TwoParts):
    """With chance sigmoid(participation) troops are beta-binomial out of armed forces, else zero.

    The mean share of those who could come is sigmoid(size), its spread that of
    Beta(m p, (1 - m) p). The outcome is reported as a share.
    """

    name: str = "zero_inflated_betabinomial"
    words: ClassVar[str] = "a beta-binomial number of troops with extra zeros"
    priors: ClassVar[Mapping[str, Prior]] = {"precision": PRECISION}
    plausible: ClassVar[Mapping[str, float]] = {"precision": 150.0}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log probability of each count of troops."""
        troops = whole(outcome.troops)
        armed_forces = namespace(troops).maximum(whole(outcome.armed_forces), troops)
        precision = params["precision"]
        return zero_inflated_logp(
            eta["participation"],
            troops > 0,
            lambda rows: log_mass(eta["size"][rows], precision, troops[rows], armed_forces[rows]),
            lambda rows: minus_log_zero(eta["size"][rows], precision, armed_forces[rows], relative=False),
        )

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected share: the product of the two means."""
        return pt.sigmoid(eta["participation"]) * pt.sigmoid(eta["size"])

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw shares, shape (..., row): whole troops over whole armed forces."""
        return shares(rng, eta, params, armed_forces, draw)


LIKELIHOOD = ZeroInflatedBetaBinomial()
