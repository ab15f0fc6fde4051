"""What a likelihood can explain, one file each, named by the likelihood.

An outcome's file holds ``OUTCOME``, an `Explained` that says everything about it. Outcomes are found in the folder; a
name that begins with an underscore is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.common.found import part, parts
from models.outcomes._explained import Explained

if TYPE_CHECKING:
    from models.likelihoods import Likelihood

__all__ = ["Explained", "explained", "names"]


def names() -> tuple[str, ...]:
    """Names of all outcomes, in order."""
    return parts(__path__)


def explained(likelihood: Likelihood) -> Explained:
    """What a likelihood explains.

    Raises
    ------
    ValueError
        If there is no such outcome, with the known names.
    """
    return part(__name__, __path__, likelihood.outcome, "OUTCOME")
