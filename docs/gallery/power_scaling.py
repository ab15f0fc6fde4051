"""Power-scaling sensitivity of a few quantities (invented numbers)."""

import pandas as pd

from figures.power_scaling import caption, power_scaling

table = pd.DataFrame(
    [
        ("headline, Afghanistan", 0.012, 0.11, "not sensitive to the prior"),
        ("headline, Iraq", 0.031, 0.14, "not sensitive to the prior"),
        ("mean slope", 0.06, 0.09, "prior and data in conflict"),
        ("spread between operations", 0.19, 0.02, "the data say little"),
        ("loading of bases", 0.02, 0.2, "not sensitive to the prior"),
    ],
    columns=["quantity", "prior", "likelihood", "says"],
)

figure = power_scaling(table, threshold=0.05)
text = caption(table, threshold=0.05)
