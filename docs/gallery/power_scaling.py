"""Power-scaling sensitivity of a few quantities (invented numbers)."""

import pandas as pd

from figures.power_scaling import caption, power_scaling

table = pd.DataFrame(
    [
        ("headline, Afghanistan", 0.012, 0.11),
        ("headline, Iraq", 0.031, 0.14),
        ("mean slope", 0.06, 0.09),
        ("spread between operations", 0.19, 0.02),
        ("loading of bases", 0.02, 0.2),
    ],
    columns=["quantity", "prior", "likelihood"],
)

figure = power_scaling(table)
text = caption(table)
