"""How a likelihood says what it believes of its own parameters: each prior with units and a reason.

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


def register(defaults: Mapping[str, Prior], priors: Mapping[str, Any]) -> dict[str, TensorVariable]:
    """Register a likelihood's free parameters in the PyMC model on the stack.

    Parameters
    ----------
    defaults : mapping of parameter to Prior
        The likelihood's own.
    priors : mapping
        Replacements by parameter name; names of other parts of the model are ignored here.

    Returns
    -------
    dict of str to scalar TensorVariable
    """
    parameters = {}
    for name, default in defaults.items():
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


def usual_log(defaults: Mapping[str, Prior], name: str) -> float:
    """Logarithm of the centre of a parameter's default prior: what is sampled suits it, no density depends on it.

    Zero where there is none, as for a likelihood of one's own.
    """
    if name not in defaults:
        return 0.0
    prior = defaults[name]
    return prior.arguments["mu"] if prior.family == "LogNormal" else log(prior.arguments["sigma"])
