"""Hurdle lognormal: whether a state sends troops, and a lognormal share, cut off at one, if it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit, log_ndtr, ndtri_exp

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._hurdle import at, hurdle_logp
from models.likelihoods._priors import Prior
from models.likelihoods._stable import HALF_LOG_2PI, log_normal_cdf, log_sigmoid, namespace
from models.likelihoods._two_parts import TwoParts


@dataclass(frozen=True)
class HurdleLognormal(TwoParts):
    """P(share > 0) = sigmoid(participation); log share ~ Normal(size, size_sd) given share <= 1.

    Without the truncation fitted shares pass one and drag the mean share with them.
    """

    name: str = "hurdle_lognormal"
    words: ClassVar[str] = "participation, and a lognormal share, truncated at one, of those who take part"
    dispersion: tuple[str, ...] = ("size_sd",)
    own_participation: str | None = "participation"
    priors: ClassVar[Mapping[str, Prior]] = {
        "size_sd": Prior(
            "HalfNormal",
            {"sigma": 1.5},
            units="log share",
            why="like states differ by a factor of e to e^2 in the share they send, seldom by e^4",
        ),
    }
    plausible: ClassVar[Mapping[str, float]] = {"size_sd": 1.0}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each share with respect to Lebesgue measure plus a point mass at zero."""
        xp = namespace(outcome.share)

        def size(rows: Any) -> TensorVariable:
            sd = at(params["size_sd"], rows)
            log_share, location = xp.log(outcome.share[rows]), eta["size"][rows]
            density = -0.5 * ((log_share - location) / sd) ** 2 - pt.log(sd) - HALF_LOG_2PI - log_share
            return density - log_normal_cdf(-location / sd)

        return hurdle_logp(eta["participation"], outcome.share > 0, size)

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected share, with the exact mean of the truncated lognormal.

        E[y | 0 < y <= 1] = exp(size + sd^2 / 2) Phi(-(size + sd^2) / sd) / Phi(-size / sd).
        """
        sd, location = params["size_sd"], eta["size"]
        below, below_shifted = log_normal_cdf(-location / sd), log_normal_cdf(-location / sd - sd)
        log_mean = location + 0.5 * sd**2 + below_shifted - below
        return pt.exp(log_sigmoid(eta["participation"]) + log_mean)

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw shares, shape (..., row), inverting the truncated distribution function on the log scale."""
        sd = params["size_sd"]
        probability, upper = np.broadcast_arrays(expit(eta["participation"]), log_ndtr(-eta["size"] / sd))
        # 1 - U lies in (0, 1], so that its log is finite.
        z = ndtri_exp(np.log(1.0 - rng.random(upper.shape)) + upper)
        share = np.exp(np.minimum(eta["size"] + sd * z, 0.0))
        return np.where(rng.random(share.shape) < probability, share, 0.0)


LIKELIHOOD = HurdleLognormal()
