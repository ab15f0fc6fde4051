"""What ``coalition sensitivity`` refits: the ``[sensitivity]`` table of a spec."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class SensitivitySpec(BaseModel):
    """What is refitted.

    Attributes
    ----------
    priors : mapping of name to scales of ``[model.contribution.priors]``
        Beside ``tight`` and ``wide``, which halve and double every scale.
    baseline : list of float
        Depths of a state without a treaty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    priors: dict[str, dict[str, Any]] = Field(default_factory=dict)
    baseline: tuple[float, ...] = ()
