"""Ordered beta: one predictor behind sending nobody, a share, or everybody."""

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
from models.likelihoods._priors import PRECISION, Prior
from models.likelihoods._stable import log1mexp, log_sigmoid, namespace
from models.likelihoods._traits import Traits


@dataclass(frozen=True)
class OrderedBeta(Traits):
    """Ordered beta regression (Kubinec 2023, Political Analysis); predictor on the log odds of a share.

    P(share > 0) = sigmoid(share - lower_cut); P(share = 1) = sigmoid(share - lower_cut - cut_gap);
    in between Beta(m p, (1 - m) p) with m = sigmoid(share). One predictor serves both
    whether and how much, which a hurdle keeps apart.
    """

    name: str = "ordered_beta"
    words: ClassVar[str] = "zero, between and one on a common scale (ordered beta)"
    parts: tuple[str, ...] = ("share",)
    outcome: str = "share"
    intercept: Mapping[str, tuple[float, float]] = field(default_factory=lambda: {"share": (-5.5, 1.5)})
    priors: ClassVar[Mapping[str, Prior]] = {
        "precision": PRECISION,
        "lower_cut": Prior(
            "Normal",
            {"mu": -3.0, "sigma": 2.0},
            units="log odds of a share",
            why="about nine of ten rows are zero where the mean share of a contributor is 0.005",
        ),
        "cut_gap": Prior(
            "LogNormal",
            {"mu": log(8.0), "sigma": 0.5},
            units="log odds of a share",
            why="hardly any state sends its whole force; without one in the data the prior decides",
        ),
    }
    plausible: ClassVar[Mapping[str, float]] = {"precision": 150.0, "lower_cut": -3.0, "cut_gap": 8.0}
    plausible_intercept: ClassVar[Mapping[str, float]] = {"share": -5.9}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each share: point masses at zero and one, Lebesgue measure between."""
        location, share, xp = eta["share"], outcome.share, namespace(outcome.share)
        lower, gap, precision = params["lower_cut"], params["cut_gap"], params["precision"]
        above = location - lower
        log_density = log_sigmoid(xp.where(share > 0, 1.0, -1.0) * above)
        inner = xp.indices((share > 0) & (share < 1))
        whole = xp.indices(share >= 1)
        if not xp.none(inner):
            y, middle = share[inner], location[inner]
            alpha, beta = precision * pt.sigmoid(middle), precision * pt.sigmoid(-middle)
            log_norm = pt.gammaln(precision) - pt.gammaln(alpha) - pt.gammaln(beta)
            log_beta = log_norm + (alpha - 1.0) * xp.log(y) + (beta - 1.0) * xp.log1p(-y)
            # sigmoid(a) - sigmoid(a - gap) = sigmoid(a) sigmoid(gap - a) (1 - exp(-gap))
            log_inner = log_sigmoid(gap - above[inner]) + log1mexp(gap)
            log_density = pt.inc_subtensor(log_density[inner], log_inner + log_beta)
        if not xp.none(whole):
            log_density = pt.set_subtensor(log_density[whole], log_sigmoid(above[whole] - gap))
        return log_density

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected share: P(1) + (P(> 0) - P(1)) sigmoid(share)."""
        above = eta["share"] - params["lower_cut"]
        some, everybody = pt.sigmoid(above), pt.sigmoid(above - params["cut_gap"])
        return everybody + (some - everybody) * pt.sigmoid(eta["share"])

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw shares, shape (..., row), zeros and ones among them."""
        location, precision = np.broadcast_arrays(eta["share"], params["precision"])
        above = location - params["lower_cut"]
        tiny, below_one = np.finfo(float).tiny, np.nextafter(1.0, 0.0)
        alpha, beta = (np.maximum(precision * expit(side), tiny) for side in (location, -location))
        share = np.clip(rng.beta(alpha, beta), tiny, below_one)
        uniform = rng.random(share.shape)
        share = np.where(uniform < expit(above - params["cut_gap"]), 1.0, share)
        return np.where(uniform < expit(above), share, 0.0)


LIKELIHOOD = OrderedBeta()
