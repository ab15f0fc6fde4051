"""What every estimator says of itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_type_hints

from pydantic import create_model

from data.common.declared import Declared, Name

if TYPE_CHECKING:
    from workflows.published.frequentist import FrequentistFit

Column = Annotated[Name, "names a column"]
"""An option that names a column of the study's data."""
Terms = list[Name]
"""An option that names terms."""


@dataclass(frozen=True)
class Estimator:
    """An estimator of the published kind.

    Attributes
    ----------
    estimate : callable
        From a `Regression` to a `FrequentistFit`. Its keyword parameters are the options that a study may set, and their
        annotations what these may be.
    outcome : {"number", "binary", "count"}
        What it explains. Where that is binary or a count, a term that predicts it perfectly has no maximum.
    effects : {"none", "absorbed", "varying", "correlated"}
        What it makes of units: nothing, effects that absorb what is constant within them, intercepts that vary,
        rows that are correlated.
    no_twin : str
        Why the Bayesian model of the same outcome and effects is no twin of it; empty where it is one.
    """

    estimate: Callable[..., FrequentistFit]
    outcome: Literal["number", "binary", "count"]
    effects: Literal["none", "absorbed", "varying", "correlated"] = "none"
    no_twin: str = ""

    @property
    def absorbs(self) -> bool:
        """Whether terms that are constant within units, and the constant, are not identified."""
        return self.effects == "absorbed"

    @property
    def conditional(self) -> bool:
        """Whether units in which a binary outcome never varies tell it nothing."""
        return self.absorbs and self.outcome == "binary"

    @property
    def within(self) -> bool:
        """Whether it is the linear model of deviations from units' means."""
        return self.absorbs and self.outcome == "number"

    @property
    def needs_varying(self) -> bool:
        """Whether rows at a level of an indicator leave with it where a binary outcome never varies there."""
        return self.outcome == "binary" and not self.absorbs

    @property
    def separable(self) -> bool:
        """Whether a term may predict the outcome perfectly, so that it leaves with its rows."""
        return self.outcome != "number" and not self.absorbs

    @cached_property
    def options(self) -> type[Declared]:
        """The options that a study may set, each with its kind."""
        hints = get_type_hints(self.estimate, include_extras=True)
        taken = inspect.signature(self.estimate).parameters.values()
        kinds: dict[str, Any] = {
            one.name: (hints[one.name], one.default) for one in taken if one.kind is one.KEYWORD_ONLY
        }
        return create_model("Options", __base__=Declared, **kinds)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the options that name a column."""
        fields = self.options.model_fields.items()
        return tuple(name for name, field in fields if Column in get_args(field.annotation))
