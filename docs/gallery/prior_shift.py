"""Coefficients and spreads in SDs of their priors (invented numbers)."""

import pandas as pd

from figures.prior_shift import caption, prior_shift

table = pd.DataFrame(
    [
        ("participation slope mean", -0.64, 0.63, False),
        ("participation similarity", 4.05, 0.02, True),
        ("participation slope spread", 0.76, 0.64, False),
        ("size state sd", -0.41, 0.25, False),
        ("precision", 0.53, 0.16, False),
    ],
    columns=["label", "prior_sds", "overlap", "flagged"],
)

figure = prior_shift(table, 2.0)
text = caption(table, 2.0)
