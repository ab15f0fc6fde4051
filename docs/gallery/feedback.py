"""Depth of treaties from their provisions alone and in the joint model (invented numbers)."""

import pandas as pd

from figures.feedback import caption, feedback

table = pd.DataFrame(
    [
        ("NATO", 0.9, -0.9, True),
        ("US-Republic of Korea", 0.7, 0.75, False),
        ("US-Japan", 0.5, 0.45, False),
        ("ANZUS", 0.1, 0.05, False),
        ("Rio Pact", -0.6, -0.5, False),
    ],
    columns=["treaty", "alone", "joint", "moved"],
)
for which in ("alone", "joint"):
    table[f"{which}_lower"], table[f"{which}_upper"] = table[which] - 0.4, table[which] + 0.4

figure = feedback(table)
text = caption(table)
