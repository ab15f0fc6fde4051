"""Loadings of the nine provisions on depth, two measures (simulated)."""

import numpy as np
import pandas as pd

from figures.depth_loadings import caption, depth_loadings

random = np.random.default_rng(4)
provisions = ["military_contact", "common_defence_policy", "integrated_command", "military_aid", "bases"]
provisions += ["specific_contributions", "organisation", "economic_aid", "secrecy"]
center = np.sort(random.uniform(0.05, 0.9, 9))[::-1]
parts = []
for measure, width in [("one-factor", 0.06), ("graded response", 0.16)]:
    median = center + random.normal(0, 0.04, 9)
    parts.append(pd.DataFrame({"provision": provisions, "median": median, "measure": measure}))
    parts[-1] = parts[-1].assign(lower=median - width, upper=median + width, informative=True)
table = pd.concat(parts)
table.loc[table["provision"] == "secrecy", "informative"] = False

figure = depth_loadings(table)
text = caption(table)
