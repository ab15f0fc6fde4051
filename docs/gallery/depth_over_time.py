"""Depth of states' ties with the leader, in steps (simulated)."""

import numpy as np
import pandas as pd

from figures.over_time import caption, depth_over_time

years = np.arange(2001, 2015)
depth = {None: -0.6, "Rio Pact": -0.2, "ANZUS": 0.3, "NATO": 0.9}
joins = {"Estonia": (2004, None, "NATO"), "Croatia": (2009, None, "NATO"), "Albania": (2009, None, "NATO")}
joins |= {
    "Australia": (2000, None, "ANZUS"),
    "Georgia": (2020, None, "NATO"),
    "Mexico": (2004, "Rio Pact", None),
}
rows = [
    (state, year, depth[after if year >= when else before], after if year >= when else before)
    for state, (when, before, after) in joins.items()
    for year in years
]
table = pd.DataFrame(rows, columns=["state", "year", "median", "treaty"])
table = table.assign(lower=table["median"] - 0.25, upper=table["median"] + 0.25)

figure = depth_over_time(table)
text = caption(table, "Depth of ties with the leader")
