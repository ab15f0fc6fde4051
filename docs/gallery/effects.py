"""Effects by operation and pooled, and how much of their spread is prior (simulated)."""

import numpy as np
import pandas as pd

from figures.effects import caption, effects

random = np.random.default_rng(7)
table = pd.DataFrame(
    [
        ("Afghanistan", 0.21, -0.15, 0.57, 0.09, 0.33, False),
        ("Iraq", 0.35, -0.2, 0.95, 0.16, 0.54, False),
        ("Kosovo", -0.12, -0.8, 0.5, -0.33, 0.1, False),
        ("Mean of operations", 0.18, -0.5, 0.85, -0.02, 0.4, True),
    ],
    columns=["label", "median", "lower", "upper", "lower_50", "upper_50", "pooled"],
)
prior, posterior = np.abs(random.normal(0, 0.5, 4000)), np.abs(random.normal(0, 0.35, 4000))

figure = effects(
    table, label="Log-odds of sending per SD of potential", prior=prior, posterior=posterior, overlap=0.83
)
text = caption(table, overlap=0.83, verdict="mostly the prior")
