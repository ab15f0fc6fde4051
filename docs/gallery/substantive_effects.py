"""Probability of participating by embeddedness: points as printed by Henke (2017), without bounds."""

import pandas as pd

from figures.substantive_effects import caption, substantive_effects

table = pd.DataFrame(
    [
        ("Any troops", 71, "mean", 0.15),
        ("Any troops", 129, "mean + 1 SD", 0.25),
        ("Any troops", 188, "mean + 2 SD", 0.37),
        ("At least 100 troops", 71, "mean", 0.03),
        ("At least 100 troops", 129, "mean + 1 SD", 0.06),
        ("At least 100 troops", 188, "mean + 2 SD", 0.11),
    ],
    columns=["outcome", "value", "position", "probability"],
).assign(lower=float("nan"), upper=float("nan"))

figure = substantive_effects(table, "Diplomatic embeddedness (ties)", "none")
text = caption(table, "diplomatic embeddedness", "none")
