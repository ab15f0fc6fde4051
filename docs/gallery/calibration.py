"""Calibration of six quantities over 200 simulations, one of them too narrow (simulated)."""

import numpy as np

from figures.calibration import calibration, caption
from workflows.judge.bands import bands

random = np.random.default_rng(10)
names = ["headline effect", "slope", "spread of states", "loading: bases", "depth: NATO", "dispersion"]
pit = {name: random.beta(0.5, 0.5, 200) if name == "slope" else random.random(200) for name in names}

table = bands(pit)

figure = calibration(table)
text = caption(table)
