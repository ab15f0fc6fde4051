"""Chains of two quantities compared: densities and rank curves with simultaneous bands (simulated)."""

import arviz as az
import numpy as np

from figures.diagnostics import rank_plots

random = np.random.default_rng(12)
draws = {"headline": random.normal(60, 50, (4, 500)), "slope": random.normal(0.2, 0.1, (4, 500, 2))}
tree = az.from_dict(
    {"posterior": draws}, coords={"operation": ["Afghanistan", "Iraq"]}, dims={"slope": ["operation"]}
)

figure = rank_plots(tree, ["headline", "slope"])
text = "Four chains of three quantities: densities on the left, ranks less uniform on the right."
