"""Hurdle beta: whether a state sends troops, and a beta-distributed share if it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._hurdle import at, hurdle_logp, open_share
from models.likelihoods._priors import PRECISION, Prior
from models.likelihoods._stable import namespace
from models.likelihoods._two_parts import TwoParts


@dataclass(frozen=True)
class HurdleBeta(TwoParts):
    """P(share > 0) = sigmoid(participation); share | share > 0 ~ Beta with mean sigmoid(size).

    The beta is in mean and precision form (Ferrari & Cribari-Neto 2004):
    Beta(m p, (1 - m) p), whose variance is m (1 - m) / (1 + p).
    """

    name: str = "hurdle_beta"
    words: ClassVar[str] = "participation, and a beta-distributed share of those who take part"
    dispersion: tuple[str, ...] = ("precision",)
    own_participation: str | None = "participation"
    priors: ClassVar[Mapping[str, Prior]] = {"precision": PRECISION}
    plausible: ClassVar[Mapping[str, float]] = {"precision": 150.0}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each share with respect to Lebesgue measure plus a point mass at zero."""
        xp = namespace(outcome.share)

        def size(rows: Any) -> TensorVariable:
            precision = at(params["precision"], rows)
            share = open_share(outcome.share[rows], outcome.armed_forces[rows])
            # Both shapes from sigmoids of either sign: 1 - sigmoid would round to zero.
            alpha = precision * pt.sigmoid(eta["size"][rows])
            beta = precision * pt.sigmoid(-eta["size"][rows])
            log_norm = pt.gammaln(precision) - pt.gammaln(alpha) - pt.gammaln(beta)
            return log_norm + (alpha - 1.0) * xp.log(share) + (beta - 1.0) * xp.log1p(-share)

        return hurdle_logp(eta["participation"], outcome.share > 0, size)

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected share: the product of the two means."""
        return pt.sigmoid(eta["participation"]) * pt.sigmoid(eta["size"])

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw shares, shape (..., row); a positive one that underflows becomes the smallest positive float."""
        probability, mean = np.broadcast_arrays(expit(eta["participation"]), expit(eta["size"]))
        tiny = np.finfo(float).tiny
        alpha = np.maximum(params["precision"] * mean, tiny)
        beta = np.maximum(params["precision"] * expit(-eta["size"]), tiny)
        share = np.clip(rng.beta(alpha, beta), tiny, 1.0)
        return np.where(rng.random(share.shape) < probability, share, 0.0)


LIKELIHOOD = HurdleBeta()
