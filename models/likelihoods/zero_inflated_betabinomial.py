"""Zero-inflated beta-binomial: some could not have come, and of the others some send nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._betabinomial import draw, log_mass, minus_log_zero
from models.likelihoods._hurdle import whole, zero_inflated_logp
from models.likelihoods._priors import PRECISION, Prior, register
from models.likelihoods._stable import namespace
from models.likelihoods._traits import Traits


@dataclass(frozen=True)
class ZeroInflatedBetaBinomial(Traits):
    """With chance sigmoid(participation) troops are beta-binomial out of armed forces, else zero.

    The mean share of those who could come is sigmoid(size), its spread that of
    Beta(m p, (1 - m) p). The outcome is reported as a share.
    """

    name: str = "zero_inflated_betabinomial"
    words: ClassVar[str] = "a beta-binomial number of troops with extra zeros"
    parts: tuple[str, ...] = ("participation", "size")
    outcome: str = "share"
    intercept: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"participation": (-2.0, 1.5), "size": (-5.5, 1.5)}
    )
    positive_only: tuple[str, ...] = ("size",)
    priors: ClassVar[Mapping[str, Prior]] = {"precision": PRECISION}
    plausible: ClassVar[Mapping[str, float]] = {"precision": 150.0}

    def parameters(self, priors: Mapping[str, Any]) -> Predictors:
        """Register `precision` (pseudo-count)."""
        return register(self.priors, priors)

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
        size, participation, precision, forces = np.broadcast_arrays(
            eta["size"], eta["participation"], params["precision"], whole(armed_forces)
        )
        share = np.zeros(size.shape)
        taking = rng.random(size.shape) < expit(participation)
        share[taking] = draw(rng, size[taking], precision[taking], forces[taking]) / forces[taking]
        return share


LIKELIHOOD = ZeroInflatedBetaBinomial()
