"""Participation alone: whether a state sends at least a given number of troops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._hurdle import log_participation
from models.likelihoods._traits import Traits


@dataclass(frozen=True)
class Bernoulli(Traits):
    """P(troops >= threshold) = sigmoid(participation).

    Attributes
    ----------
    threshold : float
        Persons from which on a state counts as taking part; 100 leaves out liaison
        officers and observers.
    """

    name: str = "bernoulli"
    words: ClassVar[str] = "participation alone"
    parts: tuple[str, ...] = ("participation",)
    outcome: str = "participation"
    intercept: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"participation": (-2.0, 1.5)}
    )
    threshold: float = 1.0
    own_participation: str | None = "participation"

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log probability of each row's taking part or not."""
        return log_participation(eta["participation"], outcome.troops >= self.threshold)

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Probability of taking part."""
        return pt.sigmoid(eta["participation"])

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw participation, 0.0 or 1.0, shape (..., row)."""
        probability = expit(np.asarray(eta["participation"]))
        return (rng.random(probability.shape) < probability).astype(float)


LIKELIHOOD = Bernoulli()
