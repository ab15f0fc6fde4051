"""Hurdle negative binomial count of troops: whether a state sends any, and how many, at least one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._hurdle import hurdle_logp, whole
from models.likelihoods._priors import Prior
from models.likelihoods._stable import log1mexp, log_sigmoid, namespace
from models.likelihoods._two_parts import TwoParts

LARGEST_RATE = 1e18  # persons; NumPy's Poisson generator refuses rates above about 9e18


@dataclass(frozen=True)
class HurdleNegBinomial(TwoParts):
    """P(troops > 0) = sigmoid(participation); the positive count is zero-truncated negative binomial.

    Untruncated mean exp(size) persons, variance mean + mean^2 / shape.
    """

    name: str = "hurdle_negbinomial"
    words: ClassVar[str] = "participation, and a negative binomial number of troops of those who take part"
    outcome: str = "troops"
    intercept: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"participation": (-2.0, 1.5), "size": (5.0, 2.0)}
    )
    own_participation: str | None = "participation"
    priors: ClassVar[Mapping[str, Prior]] = {
        "shape": Prior(
            "LogNormal",
            {"mu": log(0.7), "sigma": 1.0},
            units="pure number (squared coefficient of variation = 1 / shape)",
            why="contingents of like states vary by more than their mean; 90 % of the prior in 0.14-3.6",
        ),
    }
    plausible: ClassVar[Mapping[str, float]] = {"shape": 0.8}
    plausible_intercept: ClassVar[Mapping[str, float]] = {"size": 5.0}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log probability of each count of troops."""
        troops, shape = whole(outcome.troops), params["shape"]

        def size(rows: Any) -> TensorVariable:
            count, excess = troops[rows], eta["size"][rows] - pt.log(shape)
            minus_log_zero = shape * pt.softplus(excess)
            ways = pt.gammaln(count + shape) - pt.gammaln(shape) - namespace(count).gammaln(count + 1)
            return ways + count * log_sigmoid(excess) - minus_log_zero - log1mexp(minus_log_zero)

        return hurdle_logp(eta["participation"], troops > 0, size)

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected troops, persons; truncation divides the untruncated mean by 1 - P(0)."""
        minus_log_zero = params["shape"] * pt.softplus(eta["size"] - pt.log(params["shape"]))
        return pt.exp(log_sigmoid(eta["participation"]) + eta["size"] - log1mexp(minus_log_zero))

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw troops, persons.

        A negative binomial is the number of events in unit time at a gamma rate. The time of
        the first event, given that there is one, inverts in closed form, and what follows it
        is a gamma-Poisson count again: exact, with no rejection.
        """
        participation, size, shape = np.broadcast_arrays(eta["participation"], eta["size"], params["shape"])
        troops = np.zeros(size.shape)
        taking = rng.random(size.shape) < expit(participation)
        shape, mean = shape[taking], np.exp(size[taking])
        scale = shape / mean
        some = -np.expm1(-shape * np.log1p(mean / shape))
        first = scale * np.expm1(-np.log1p(-rng.random(mean.shape) * some) / shape)
        rate = rng.gamma(shape + 1.0) / (scale + first)
        left = np.maximum(1.0 - first, 0.0)
        troops[taking] = 1.0 + rng.poisson(np.minimum(rate * left, LARGEST_RATE))
        return troops


LIKELIHOOD = HurdleNegBinomial()
