"""A world map of potential (simulated)."""

import numpy as np
import pandas as pd

from data.facts.boundaries import boundaries
from figures.world_map import caption, world_map

random = np.random.default_rng(13)
outlines = boundaries()
codes = [ccode for ccode in outlines if ccode not in (0, 2, 700)]
median = random.normal(0.2, 0.35, len(codes))
width = random.uniform(0.05, 0.4, len(codes))
table = pd.DataFrame({"ccode": codes, "median": median, "lower": median - width, "upper": median + width})

figure = world_map(table, outlines, leader=2)
text = caption(table, outlines)
