"""What every outcome says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Reading a spec must not wait for PyMC, which the likelihoods load.
    import numpy as np

    from models.likelihoods import Likelihood, Outcome


@dataclass(frozen=True)
class Explained:
    """What a likelihood explains, and how it relates to troops.

    Attributes
    ----------
    name : str
        As likelihoods name it.
    unit : str
        Of its headline effect.
    observed : callable
        From (Outcome, Likelihood) to what was seen, shape (row,).
    persons : callable
        From (outcomes, armed forces, Likelihood) to troops, persons; arrays or tensors that broadcast.
    of_forces : bool
        Whether it is a part of the armed forces: at most one, turned into troops by them, and its headline effect is
        that of a military of average size.
    amount : bool
        Whether it says how many, and not only whether.
    """

    name: str
    unit: str
    observed: Callable[[Outcome, Likelihood], np.ndarray]
    persons: Callable[[Any, Any, Likelihood], Any]
    of_forces: bool = False
    amount: bool = True
