"""What a likelihood is where it does not say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    # A spec names a likelihood; reading one must not wait for PyMC.
    from pytensor.tensor.variable import TensorVariable

    from models.likelihoods._priors import Prior


class Traits:
    """Defaults that a likelihood inherits and overrides; one of your own need not inherit them.

    Attributes
    ----------
    words : str
        What it says of the outcome, for the page; its name by default.
    unit : float
        Size of one unit of the predictors, by which prior scales stated for log odds are multiplied.
    positive_only : tuple of str
        Parts about which rows with a zero say nothing or next to nothing.
    zeros_inform : bool
        Whether a row of zeros tells a group's level as well as other rows do.
    dispersion : tuple of str
        Parameters that may vary by operation, and then come one a row.
    own_participation : str or None
        The part whose logistic function is the probability that a row sends anybody; None where there is none.
    bounded : bool
        Whether no outcome is negative or beyond what a state has.
    priors : mapping of str to Prior
        Defaults of its own parameters, which a spec may replace by name.
    plausible : mapping of str to float
        Its own parameters in a world that could be, for simulation.
    plausible_intercept : mapping of str to float
        Intercepts of its parts there, where they are not those of log odds.
    threshold : float
        Persons from which on a state takes part, for an outcome of participation.
    """

    words: ClassVar[str] = ""
    unit: float = 1.0
    positive_only: tuple[str, ...] = ()
    zeros_inform: bool = False
    dispersion: tuple[str, ...] = ()
    own_participation: str | None = None
    bounded: bool = True
    priors: ClassVar[Mapping[str, Prior]] = {}
    plausible: ClassVar[Mapping[str, float]] = {}
    plausible_intercept: ClassVar[Mapping[str, float]] = {}
    threshold: float = 1.0

    def parameters(self, priors: Mapping[str, Any]) -> Mapping[str, TensorVariable]:
        """Register what `priors` of the class declares; `priors` replaces any of them by name."""
        from models.likelihoods._priors import register

        return register(self.priors, priors)


class Completed:
    """A likelihood that does not inherit `Traits`, with those that it lacks."""

    def __init__(self, likelihood: Any) -> None:
        self._likelihood = likelihood

    def __getattr__(self, name: str) -> Any:
        likelihood = self.__dict__["_likelihood"]
        return getattr(likelihood, name) if hasattr(likelihood, name) else getattr(Traits, name)


def completed(likelihood: Any) -> Any:
    """The likelihood with all `Traits`."""
    return likelihood if isinstance(likelihood, Traits) else Completed(likelihood)
