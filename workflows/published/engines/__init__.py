"""Estimators of the published kind, one file each, chosen by name in a study.

An estimator's file holds ``ESTIMATOR``, an `Estimator` that says everything about it, and whose function returns a
`workflows.published.frequentist.FrequentistFit`. Estimators are found in the folder; a name that begins with an
underscore is none.
"""

from __future__ import annotations

from pydantic import create_model

from data.common.declared import Declared
from data.common.errors import InputError
from data.common.found import part, parts
from data.common.near import one_of
from workflows.published.engines._estimator import Estimator

__all__ = ["Estimator", "columns", "get", "names", "options"]


def names() -> tuple[str, ...]:
    """Names of all estimators, in order."""
    return parts(__path__)


def get(name: str) -> Estimator:
    """Return the estimator called `name`.

    Raises
    ------
    InputError
        If there is no such estimator, with the known names.
    """
    if name not in names():
        raise InputError(f"estimator {name!r}", one_of(name, names()))
    return part(__name__, __path__, name, "ESTIMATOR")


def options(name: str | None = None) -> type[Declared]:
    """The options of an estimator, each with its kind; those of all where none is named."""
    if name is not None:
        return get(name).options
    return create_model("Options", __base__=tuple(get(one).options for one in names()))


def columns() -> tuple[str, ...]:
    """Names of the options of any estimator that name a column."""
    return tuple(dict.fromkeys(column for name in names() for column in get(name).columns))
