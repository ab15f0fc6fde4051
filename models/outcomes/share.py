"""Troops over active armed forces."""

from __future__ import annotations

from models.outcomes._explained import Explained

OUTCOME = Explained(
    "share",
    "troops per year",
    observed=lambda outcome, _: outcome.share,
    persons=lambda share, forces, _: share * forces,
    of_forces=True,
)
