"""Predicted probabilities of a logit at the means of its terms, as Henke (2017) draws them in Figure 1."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.facts.published import predicted_effects
from workflows.published.models import identified
from workflows.published.replicate import Replication

STUDY, FIGURE = "Henke 2017 ISQ", "Figure 1"
MODELS = ("(4)", "(5)")
STEPS = (0, 1, 2)
COLUMNS = ("model", "position", "ties_printed", "printed", "ties", "probability", "n")


def at_means(found: Replication) -> pd.DataFrame:
    """Probabilities at the mean of the headline term and one and two SD above it, other terms at their means.

    Indicators of years stand at the shares that their years have of the rows.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: what is printed, and what the models give on these rows.
    """
    head = str(found.study.outcome.headline_term)
    printed = predicted_effects()
    printed = printed[(printed["study"] == STUDY) & (printed["figure"] == FIGURE)]
    out = []
    for spec in found.study.models:
        if not spec.name.startswith(MODELS):
            continue
        fit = found.published(spec.name)
        estimates = fit.terms.set_index("term")["estimate"]
        rows, terms, _ = identified(found.study, spec, found.rows)
        column = spec.options.get("dummies")
        used = [spec.outcome or "outcome", *terms, *([column] if column else [])]
        rows = rows[used].dropna()
        base = estimates["intercept"]
        for level, share in rows[column].value_counts(normalize=True).items() if column else ():
            base += estimates.get(f"{column}={level:g}", 0.0) * share
        base += sum(estimates[term] * rows[term].mean() for term in terms if term != head)
        shown = printed[printed["outcome"].str.contains(spec.name[1:2], regex=False)]
        for step, row in zip(STEPS, shown.itertuples(), strict=True):
            ties = rows[head].mean() + step * rows[head].std()
            chance = 1 / (1 + np.exp(-(base + estimates[head] * ties)))
            out.append((spec.name, row.position, row.value, row.predicted, ties, chance, len(rows)))
    return pd.DataFrame(out, columns=list(COLUMNS))
