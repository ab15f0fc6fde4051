"""Likelihoods of a contribution, one file each, chosen by name in the spec.

A likelihood owns its dispersion parameters, its log density, its mean and its
simulator. It knows nothing of states, treaties or operations: those build the linear
predictors (``models.contribution``), one for each of the likelihood's ``parts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from data.common.errors import InputError
from data.common.found import part, parts
from data.common.near import one_of
from models import outcomes
from models.likelihoods._traits import Traits, completed

if TYPE_CHECKING:
    import numpy as np

    # A spec names a likelihood; reading one must not wait for PyMC.
    from pytensor.tensor.variable import TensorVariable

    from models.likelihoods._priors import Prior

type Predictors = Mapping[str, TensorVariable]
type Arrays = Mapping[str, np.ndarray]
REQUIRED = ("name", "parts", "outcome", "intercept", "parameters", "logp", "mean", "simulate")
"""What a likelihood must have; see `Likelihood`."""


@dataclass(frozen=True)
class Outcome:
    """What was observed, one entry a row.

    Arrays; or PyTensor variables (``pm.Data``) where one compiled model serves many data
    sets, as in calibration: the log density then finds the positive rows at run time.

    Attributes
    ----------
    troops : ndarray, shape (row,)
        Troops in theatre, persons (non-negative, not necessarily whole for averages of lists).
    armed_forces : ndarray, shape (row,)
        Active armed forces, persons.
    share : ndarray, shape (row,)
        troops / armed_forces, in [0, 1].
    """

    troops: np.ndarray
    armed_forces: np.ndarray
    share: np.ndarray


class Likelihood(Protocol):
    """The interface of every likelihood."""

    name: str
    #: Linear predictors it needs, e.g. ("participation", "size"); each gets its own coefficients.
    parts: tuple[str, ...]
    #: What the likelihood describes and what ``mean`` and ``simulate`` return:
    #: a file of `models.outcomes`, such as "share" (0-1), "participation" (0/1) or "troops" (persons).
    outcome: str
    #: Default prior of each part's intercept as (mean, sd) on that part's scale.
    intercept: Mapping[str, tuple[float, float]]
    # What `models.likelihoods._traits.Traits` describes, with defaults.
    words: ClassVar[str]
    unit: float
    positive_only: tuple[str, ...]
    zeros_inform: bool
    dispersion: tuple[str, ...]
    own_participation: str | None
    bounded: bool
    threshold: float
    priors: ClassVar[Mapping[str, Prior]]
    plausible: ClassVar[Mapping[str, float]]
    plausible_intercept: ClassVar[Mapping[str, float]]

    def parameters(self, priors: Mapping[str, Any]) -> Predictors:
        """Register the free dispersion parameters in the PyMC model on the stack."""
        ...

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each row, shape (row,); normalised, so that rows can be compared.

        The predictors in ``positive_only`` are not tensors: index them by positions of rows, ``eta["size"][rows]``,
        and they are built for those rows alone; ``pt.as_tensor_variable(eta["size"])`` builds all.
        """
        ...

    def mean(self, eta: Predictors, params: Predictors, armed_forces: Any) -> TensorVariable:
        """Expected outcome of each row, shape (row,), symbolic."""
        ...

    def simulate(
        self, rng: np.random.Generator, eta: Arrays, params: Arrays, armed_forces: np.ndarray
    ) -> np.ndarray:
        """Draw outcomes with NumPy; ``eta`` arrays broadcast as (..., row), ``params`` as (..., 1)."""
        ...


def get(name: str, **options: Any) -> Likelihood:
    """Return the likelihood called `name`.

    Parameters
    ----------
    name : str
        Name of a module of this package; or ``module:OBJECT`` for a likelihood of one's own, in any module
        that Python can import.
    **options
        Fields of that likelihood to set, for instance ``get("bernoulli", threshold=100)``.

    Raises
    ------
    ValueError
        If there is no such likelihood, with the known names; or no such option.
    InputError
        If it lacks something of `REQUIRED`, or its outcome is none of `models.outcomes`.
    """
    if ":" in name:
        own = _own(name)
        return completed(replace(own, **options) if options else own)
    likelihood = part(__name__, __path__, name, "LIKELIHOOD")
    _refuse_incomplete(name, likelihood)
    fixed = {"name", "parts", "outcome", *vars(Traits)} - {"unit", "threshold"}
    allowed = sorted({field.name for field in fields(likelihood)} - fixed)
    if unknown := sorted(set(options) - set(allowed)):
        raise ValueError(f"likelihood {name!r} has no option {unknown[0]!r}; it has {', '.join(allowed)}")
    return replace(likelihood, **options)


def check(name: str) -> None:
    """Raise as `get` does where there is no likelihood called `name`; one of this package is not imported for that."""
    if ":" in name:
        _own(name)
        return
    if name not in names():
        raise ValueError(f"likelihood {name!r} is not one of {', '.join(names())}")


def check_priors(name: str, priors: Mapping[str, Any]) -> None:
    """Refuse priors of a likelihood's own parameters that it cannot have; see `_priors.refuse_unlike`.

    Raises
    ------
    InputError
        Without priors nothing is imported.
    """
    if priors:
        from models.likelihoods._priors import refuse_unlike

        refuse_unlike(get(name).priors, priors)


def names() -> list[str]:
    """Names of the likelihoods of this package: its files that do not begin with an underscore, in order."""
    return list(parts(__path__))


def _say_whence(name: str, module: str) -> None:
    """Say which Python code a likelihood is about to run, and where it lies, unless it has been imported.

    A spec is data but for this name: who runs somebody else's should know. Workers are told nothing.
    """
    import sys
    from importlib.machinery import PathFinder
    from multiprocessing import parent_process

    if module in sys.modules or parent_process() is not None:
        return
    # The first part alone: to look for the others would run it.
    found = PathFinder.find_spec(module.partition(".")[0])
    if found is not None:
        place = found.origin or ", ".join(found.submodule_search_locations or [])
        sys.stderr.write(f"note: likelihood {name!r} runs the Python code in {place}\n")


def _own(name: str) -> Any:
    """Import a likelihood from outside the package, by ``module:OBJECT``."""
    from importlib import import_module

    module, _, entry = name.partition(":")
    _say_whence(name, module)
    try:
        likelihood = getattr(import_module(module), entry)
    except (ImportError, AttributeError) as error:
        raise InputError(str(error), "module:OBJECT that Python can import", column="likelihood") from error
    _refuse_incomplete(name, likelihood)
    return likelihood


def _refuse_incomplete(name: str, likelihood: Any) -> None:
    """Refuse what lacks a member, or explains what nobody knows; of a file of the package as of one's own."""
    lacking = [part for part in REQUIRED if not hasattr(likelihood, part)]
    if lacking:
        raise InputError(
            f"{name} without {lacking[0]!r}", f"all of {', '.join(REQUIRED)}", column="likelihood"
        )
    if likelihood.outcome not in outcomes.names():
        raise InputError(
            f"{name} with the outcome {likelihood.outcome!r}",
            one_of(str(likelihood.outcome), outcomes.names()),
            column="likelihood",
        )
