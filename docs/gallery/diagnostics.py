"""Convergence of three hundred quantities against the gate's limits (simulated)."""

import numpy as np
import pandas as pd

from figures.diagnostics import caption, diagnostics

random = np.random.default_rng(11)
table = pd.DataFrame(
    {
        "quantity": [f"state_effect[{k}]" for k in range(300)],
        "r_hat": 1 + np.abs(random.normal(0, 0.002, 300)),
        "ess_bulk": random.lognormal(7.5, 0.3, 300),
        "ess_tail": random.lognormal(7.6, 0.3, 300),
        "passed": True,
    }
)
table.loc[7, ["r_hat", "ess_bulk", "passed"]] = 1.04, 130, False

figure = diagnostics(table, r_hat=1.01, ess=400)
text = caption(table, r_hat=1.01, ess=400)
