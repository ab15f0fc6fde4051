"""Finding the stages in their folder."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from data.common.found import parts
from workflows.run import stages

ASIDE = ("predictive", "prior_shift", "separate", "figures", "support", "tables")
"""Stages that a second process computes beside the others, in the order in which it is asked for them."""


def names() -> list[str]:
    """Names of all stages, in no order: a run asks for those that it needs."""
    return list(parts(stages.__path__))


def stage_module(name: str) -> ModuleType:
    """The file of a stage."""
    return import_module(f"{__package__}.{name}")


def words() -> dict[str, str]:
    """What the terminal says of each stage while it is computed."""
    return {name: stage_module(name).WORDS for name in names()}
