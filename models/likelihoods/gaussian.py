"""Gaussian share: the twin of the published least-squares regression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.likelihoods import Arrays, Outcome, Predictors
from models.likelihoods._priors import Prior
from models.likelihoods._stable import HALF_LOG_2PI
from models.likelihoods._traits import Traits


@dataclass(frozen=True)
class Gaussian(Traits):
    """share ~ Normal(share predictor, residual_sd), both in units of share.

    It knows neither the zeros nor the bounds: predicted shares may be negative or pass
    one. It is here to reproduce the published estimate, not to predict.
    """

    name: str = "gaussian"
    words: ClassVar[str] = "the share itself, normally distributed"
    parts: tuple[str, ...] = ("share",)
    outcome: str = "share"
    intercept: Mapping[str, tuple[float, float]] = field(default_factory=lambda: {"share": (0.0, 0.05)})
    unit: float = 0.01
    zeros_inform: bool = True
    bounded: bool = False
    priors: ClassVar[Mapping[str, Prior]] = {
        "residual_sd": Prior(
            "HalfNormal",
            {"sigma": 0.05},
            units="share",
            why="shares of a twentieth are rare even among contributors; residuals rarely spread wider",
        ),
    }
    plausible: ClassVar[Mapping[str, float]] = {"residual_sd": 0.01}

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Normal log density of each share."""
        sd = params["residual_sd"]
        return -0.5 * ((outcome.share - eta["share"]) / sd) ** 2 - pt.log(sd) - HALF_LOG_2PI

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected share: the predictor itself."""
        return eta["share"]

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw shares, shape (..., row), unbounded on both sides."""
        location, sd = np.broadcast_arrays(eta["share"], params["residual_sd"])
        return rng.normal(location, sd)


LIKELIHOOD = Gaussian()
