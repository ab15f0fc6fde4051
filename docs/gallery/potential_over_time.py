"""Unrealized potential of eight states over the years, with a gap where the source has none (simulated)."""

import numpy as np
import pandas as pd

from figures.over_time import caption, potential_over_time

random = np.random.default_rng(6)
names = ["Estonia", "Georgia", "Germany", "Japan", "Mongolia", "New Zealand", "Poland", "Turkey"]
parts = []
for name in names:
    median = random.normal(0.2, 0.3) + np.cumsum(random.normal(0, 0.04, 14))
    parts.append(pd.DataFrame({"state": name, "year": np.arange(2001, 2015), "median": median}))
table = pd.concat(parts, ignore_index=True)
table = table.assign(lower=table["median"] - 0.12, upper=table["median"] + 0.12)
table = table[~((table["state"] == "Mongolia") & table["year"].between(2006, 2007))]

figure = potential_over_time(table)
text = caption(table, "Unrealized alliance potential")
