"""The bridge from a published estimate to a joint one (invented numbers)."""

import pandas as pd

from figures.bridge import bridge, caption
from workflows.series.bridge.climb import climb

columns = ["id", "label", "parent", "headline", "lower", "upper", "interval", "rows", "states"]
table = pd.DataFrame(
    [
        ("published", "Published, All Controls", None, 196, 118, 313, "ci_95", 807, 70),
        ("replicated", "Replicated", "published", 204, 110, 299, "ci_95", 807, 70),
        ("separators", "Thousands separators", "replicated", 241, 128, 354, "ci_95", 807, 70),
        ("gdp", "GDP joined by code", "replicated", 151, 40, 262, "ci_95", 1640, 158),
        ("all", "All corrections", "replicated", 40, -90, 170, "ci_95", 1590, 158),
        ("clustered", "Errors clustered by state", "all", 40, -150, 230, "ci_95", 1590, 158),
        ("hurdle", "Hurdle likelihood", "all", 55, -60, 160, "eti_95", 1590, 158),
        ("pooled", "States pooled", "hurdle", 70, -40, 190, "eti_95", 1590, 158),
        ("joint", "Depth uncertain (joint)", "pooled", 61, -45, 172, "eti_95", 1590, 158),
        ("more", "Iraq added", "joint", 66, -20, 160, "eti_95", 2190, 160),
    ],
    columns=columns,
)

table = climb(table)

figure = bridge(table)
text = caption(table)
