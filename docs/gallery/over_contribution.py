"""Who sent more than the model expects, with recorded payments marked (simulated)."""

import numpy as np
import pandas as pd

from figures.over_contribution import caption, over_contribution

random = np.random.default_rng(8)
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
names += [
    "Poland",
    "Romania",
    "Mongolia",
    "El Salvador",
    "Jordan",
    "Azerbaijan",
    "Ukraine",
    "Spain",
    "Germany",
]
median = random.normal(0, 250, len(names))
table = pd.DataFrame({"state": names, "median": median, "lower": median - 180, "upper": median + 210})
paid = {"Georgia": "deployment subsidy", "Mongolia": "deployment subsidy", "Poland": "political side deal"}
table["payment"] = table["state"].map(paid)

figure = over_contribution(table, label="Troops above expectation, persons")
text = caption(table)
