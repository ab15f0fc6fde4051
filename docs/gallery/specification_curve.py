"""A multiverse of 96 specifications in order of their estimate (simulated)."""

import itertools

import numpy as np
import pandas as pd

from figures.specification_curve import caption, specification_curve

random = np.random.default_rng(9)
choices = {
    "depth": ["published", "oriented"],
    "outcome": ["as merged", "rebuilt"],
    "controls": ["none", "political", "all"],
    "errors": ["classical", "clustered"],
    "years": ["to 2012", "to 2013", "to 2014", "without 2014"],
}
table = pd.DataFrame(list(itertools.product(*choices.values())), columns=list(choices))
effect = (
    180 * (table["depth"] == "published")
    + 60 * (table["controls"] == "all")
    + random.normal(0, 30, len(table))
)
width = 70 + 60 * (table["errors"] == "clustered")
table = table.assign(headline=effect, lower=effect - width, upper=effect + width, published=False)
table.loc[4, "published"] = True

figure = specification_curve(table, list(choices), "ci_95", preferred="published")
text = caption(table, list(choices), "ci_95", preferred="published")
