"""How a likelihood says what it believes of its own parameters: each prior with units and a reason.

The ``priors`` mapping of :meth:`models.likelihoods.Likelihood.parameters` replaces any of
them by name. A value may be a :class:`Prior`; a mapping such as
``{"family": "LogNormal", "mu": 4.6, "sigma": 1.0}`` (what a TOML spec holds); or a number,
which fixes the parameter and leaves nothing to estimate.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from numbers import Real
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.tensor.variable import TensorVariable

from data.common.errors import InputError, shown
from data.common.near import one_of

QUICK = Mode("py", optimizer=None)
"""Nothing is compiled for a look at a prior."""
TRIED = 500
"""Draws of a declared prior that are looked at before it is taken."""


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


def refuse_unlike(defaults: Mapping[str, Prior], priors: Mapping[str, Any]) -> None:
    """Refuse replacements of a likelihood's own priors that it has no use for, or that are no distributions.

    Parameters
    ----------
    defaults : mapping of parameter to Prior
    priors : mapping
        Replacements by parameter name, as in a TOML spec.

    Raises
    ------
    InputError
        A parameter that the likelihood does not have; what is neither a number nor a table; a family or an argument
        that PyMC does not know; values at which the default prior has no mass.
    """
    for name, prior in priors.items():
        if name not in defaults:
            raise InputError(f"the parameter {name!r}", one_of(name, defaults), key=name)
        positive = _positive(defaults[name])
        if isinstance(prior, Mapping):
            drawn = _drawn(prior, name)
        elif isinstance(prior, Real) and not isinstance(prior, bool):
            drawn = np.array([prior], float)
        else:
            raise InputError(shown(prior), "a number, or a table of a family and its arguments", key=name)
        if not np.isfinite(drawn).all() or (positive and (drawn <= 0).any()):
            kind = "positive, finite" if positive else "finite"
            raise InputError(f"{shown(prior)}, which gives {drawn.min():g}", f"{kind} values", key=name)


def _drawn(prior: Mapping[str, Any], name: str) -> np.ndarray:
    """Draws of a prior that a spec declares."""
    family = prior.get("family")
    arguments = {key: value for key, value in prior.items() if key not in ("family", "units", "why")}
    distribution = getattr(pm, family, None) if isinstance(family, str) else None
    if not (isinstance(distribution, type) and issubclass(distribution, pm.Continuous)):
        raise InputError(
            f"the family {shown(family)}", "a continuous distribution of PyMC", key=f"{name}.family"
        )
    for key, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, Real):
            raise InputError(shown(value), "a number", key=f"{name}.{key}")
    try:
        variable = distribution.dist(**arguments)
        if variable.ndim:
            raise ValueError("it is a vector")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = np.asarray(pm.draw(variable, draws=TRIED, random_seed=1, mode=QUICK), float)
            # NumPy draws from a normal with a negative SD, PyMC knows no density of it.
            pm.logp(variable, drawn[0]).eval(mode=QUICK)
        return drawn
    except Exception as error:  # each distribution of PyMC refuses its arguments in its own way
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InputError(
            f"{shown(dict(prior))} ({said})", f"arguments of {family} in PyMC", key=name
        ) from None


def _positive(prior: Prior) -> bool:
    return bool((_drawn({"family": prior.family, **prior.arguments}, "") > 0).all())


def usual_log(defaults: Mapping[str, Prior], name: str) -> float:
    """Logarithm of the centre of a parameter's default prior: what is sampled suits it, no density depends on it.

    Zero where there is none, as for a likelihood of one's own.
    """
    if name not in defaults:
        return 0.0
    prior = defaults[name]
    return prior.arguments["mu"] if prior.family == "LogNormal" else log(prior.arguments["sigma"])
