"""What ``coalition sensitivity`` refits: the ``[sensitivity]`` table of a spec."""

from __future__ import annotations

from pydantic import Field

from data.common.declared import Declared, Level, Many, Name
from models.spec import SomePriors


class SensitivitySpec(Declared):
    """What is refitted.

    Attributes
    ----------
    priors : mapping of name to scales of ``[model.contribution.priors]``
        Beside ``tight`` and ``wide``, which halve and double every scale.
    baseline : list of float
        Depths of a state without a treaty.
    """

    priors: dict[Name, SomePriors] = Field(default_factory=dict)
    baseline: Many[Level] = ()
