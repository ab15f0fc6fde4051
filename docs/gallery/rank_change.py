"""Rank by troops sent against rank by share of the armed forces sent (simulated)."""

import numpy as np
import pandas as pd

from figures.rank_change import caption, rank_change

random = np.random.default_rng(1)
names = [
    "Georgia",
    "Denmark",
    "United Kingdom",
    "Estonia",
    "Turkey",
    "France",
    "New Zealand",
    "Canada",
    "Greece",
]
armed_forces = random.lognormal(10, 1.3, len(names))
share = random.lognormal(-4.6, 0.8, len(names))
table = pd.DataFrame({"state": names, "troops": np.round(armed_forces * share), "share": share})

figure = rank_change(table)
text = caption(table)
