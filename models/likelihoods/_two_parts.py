"""What likelihoods of participation and size have in common: their two parts and what is believed of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.likelihoods._traits import Traits


@dataclass(frozen=True)
class TwoParts(Traits):
    """Who takes part, and the share that is sent by those who do, each with a predictor in log odds."""

    parts: tuple[str, ...] = ("participation", "size")
    positive_only: tuple[str, ...] = ("size",)
    outcome: str = "share"
    intercept: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"participation": (-2.0, 1.5), "size": (-5.5, 1.5)}
    )
