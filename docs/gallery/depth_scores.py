"""Depth of five hundred treaties, a few of them named (simulated)."""

import numpy as np
import pandas as pd

from figures.depth_scores import caption, depth_scores

random = np.random.default_rng(5)
median = np.sort(random.gamma(1.2, 0.7, 500) - 0.9)[::-1]
named = {12: "NATO", 40: "US-Republic of Korea", 46: "US-Japan", 180: "ANZUS", 430: "Rio Pact", 444: "OAS"}
table = pd.DataFrame({"treaty": [named.get(k, f"treaty {k}") for k in range(500)], "median": median})
table = table.assign(lower=median - 0.35, upper=median + 0.35)

figure = depth_scores(table, named=list(named.values()))
text = caption(table, named=list(named.values()))
