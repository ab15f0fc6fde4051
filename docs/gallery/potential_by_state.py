"""Unrealized potential of contributing states in two operations (simulated)."""

import numpy as np
import pandas as pd

from figures.potential_by_state import caption, potential_by_state

random = np.random.default_rng(2)
names = [
    "Georgia",
    "Finland",
    "New Zealand",
    "Poland",
    "Estonia",
    "Australia",
    "El Salvador",
    "Mongolia",
    "Japan",
]
parts = []
for operation in ["Afghanistan", "Iraq"]:
    median = random.normal(0.2, 0.4, len(names))
    width = random.uniform(0.05, 0.3, len(names))
    parts.append(
        pd.DataFrame({"state": names, "median": median, "lower": median - width, "upper": median + width})
    )
    parts[-1]["operation"] = operation
table = pd.concat(parts)

figure = potential_by_state(table, "eti_95")
text = caption(table, "eti_95")
