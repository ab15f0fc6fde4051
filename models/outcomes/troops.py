"""Troops in theatre, persons."""

from __future__ import annotations

from models.outcomes._explained import Explained

OUTCOME = Explained(
    "troops",
    "troops",
    observed=lambda outcome, _: outcome.troops,
    persons=lambda troops, *_: troops,
)
