"""Whether a state sends at least as many persons as the likelihood's threshold."""

from __future__ import annotations

from models.outcomes._explained import Explained

OUTCOME = Explained(
    "participation",
    "participation",
    observed=lambda outcome, likelihood: (outcome.troops >= likelihood.threshold).astype(float),
    # Whoever takes part sends at least the threshold.
    persons=lambda takes_part, _, likelihood: takes_part * likelihood.threshold,
    amount=False,
)
