"""The headline effect of published, corrected and joint models on one axis (invented numbers)."""

import pandas as pd

from figures.headline import caption, headline_comparison
from workflows.estimands.headline import PUBLISHED_STEP

columns = [
    "label",
    "group",
    "headline",
    "lower",
    "upper",
    "interval",
    "rows",
    "states",
    "step",
    "similarity_held",
]
table = pd.DataFrame(
    [
        ("All Controls", "published", 196, 118, 313, "ci_95", 807, 70, PUBLISHED_STEP, True),
        ("All Controls", "replicated", 204, 110, 299, "ci_95", 807, 70, PUBLISHED_STEP, True),
        ("GDP joined by code", "correction", 151, 40, 262, "ci_95", 1640, 158, PUBLISHED_STEP, True),
        ("All corrections", "correction", 40, -90, 170, "ci_95", 1590, 158, PUBLISHED_STEP, True),
        ("Joint, Afghanistan", "posterior", 61, -45, 172, "eti_95", 1590, 158, 0.31, False),
        ("Joint, Iraq", "posterior", 88, -400, 1900, "eti_95", 600, 150, 0.31, False),
    ],
    columns=columns,
)

figure = headline_comparison(table)
text = caption(table)
