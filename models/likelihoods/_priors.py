"""Priors of the likelihoods' own parameters: every default in one place, each with its reason.

The ``priors`` mapping of :meth:`models.likelihoods.Likelihood.parameters` replaces any of
them by name. A value may be a :class:`Prior`; a mapping such as
``{"family": "LogNormal", "mu": 4.6, "sigma": 1.0}`` (what a TOML spec holds); or a number,
which fixes the parameter and leaves nothing to estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from numbers import Real
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable


@dataclass(frozen=True)
class Prior:
    """A prior that a person can read: family and arguments of a PyMC distribution.

    Attributes
    ----------
    family : str
        Name of a distribution in PyMC, for instance ``"LogNormal"``.
    arguments : mapping
        Its keyword arguments, in the units below.
    units : str
        Units of the parameter.
    why : str
        One line of justification.
    """

    family: str
    arguments: Mapping[str, float] = field(default_factory=dict)
    units: str = ""
    why: str = ""


PRECISION = Prior(
    "LogNormal",
    {"mu": log(100.0), "sigma": 1.5},
    units="pseudo-count (variance of a share = m (1 - m) / (1 + precision))",
    why="a mean share of 0.005 with an SD of its own size is a precision of 200; 90 % in 8-1200",
)

DEFAULTS: dict[str, dict[str, Prior]] = {
    "gaussian": {
        "residual_sd": Prior(
            "HalfNormal",
            {"sigma": 0.05},
            units="share",
            why="shares of a twentieth are rare even among contributors; residuals rarely spread wider",
        ),
    },
    "hurdle_lognormal": {
        "size_sd": Prior(
            "HalfNormal",
            {"sigma": 1.5},
            units="log share",
            why="like states differ by a factor of e to e^2 in the share they send, seldom by e^4",
        ),
    },
    "hurdle_beta": {"precision": PRECISION},
    "hurdle_betabinomial": {"precision": PRECISION},
    "zero_inflated_betabinomial": {"precision": PRECISION},
    "ordered_beta": {
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
    },
    "bernoulli": {},
    "zero_inflated_poisson": {},
    "hurdle_negbinomial": {
        "shape": Prior(
            "LogNormal",
            {"mu": log(0.7), "sigma": 1.0},
            units="pure number (squared coefficient of variation = 1 / shape)",
            why="contingents of like states vary by more than their mean; 90 % of the prior in 0.14-3.6",
        ),
    },
}


def register(likelihood: str, priors: Mapping[str, Any]) -> dict[str, TensorVariable]:
    """Register a likelihood's free parameters in the PyMC model on the stack.

    Parameters
    ----------
    likelihood : str
        Key of :data:`DEFAULTS`.
    priors : mapping
        Replacements by parameter name; names of other parts of the model are ignored here.

    Returns
    -------
    dict of str to scalar TensorVariable
    """
    parameters = {}
    for name, default in DEFAULTS[likelihood].items():
        prior = priors.get(name, default)
        if isinstance(prior, Real) and not isinstance(prior, bool):
            # Declared double: PyTensor takes a plain Python number for single precision.
            parameters[name] = pt.constant(np.asarray(prior, dtype="float64"))
            continue
        if isinstance(prior, Mapping):
            arguments = {key: value for key, value in prior.items() if key not in ("family", "units", "why")}
            prior = Prior(prior["family"], arguments)
        parameters[name] = getattr(pm, prior.family)(name, **prior.arguments)
    return parameters


def usual_log(likelihood: str, name: str) -> float:
    """Logarithm of the centre of a parameter's default prior: what is sampled suits it, no density depends on it.

    Zero for a likelihood of one's own.
    """
    if name not in DEFAULTS.get(likelihood, {}):
        return 0.0
    prior = DEFAULTS[likelihood][name]
    return prior.arguments["mu"] if prior.family == "LogNormal" else log(prior.arguments["sigma"])
