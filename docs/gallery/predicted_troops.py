"""Predicted troops of an average military as its potential changes, three models (simulated)."""

import numpy as np
import pandas as pd

from figures.predicted_troops import caption, predicted_troops
from workflows.estimands.headline import AVERAGE_ARMED_FORCES, PUBLISHED_STEP

change = np.linspace(-PUBLISHED_STEP, PUBLISHED_STEP, 41)
curves = pd.concat(
    pd.DataFrame(
        {
            "label": label,
            "change": change,
            "troops": 280 + slope * change,
            "lower": 240 + slope * change - wide * np.abs(change),
            "upper": 320 + slope * change + wide * np.abs(change),
            "interval": interval,
        }
    )
    for label, slope, wide, interval in [
        ("All Controls, published", 560, 280, "ci_95"),
        ("All corrections together", 100, 410, "ci_95"),
        ("Joint posterior", 175, 320, "eti_95"),
    ]
)

figure = predicted_troops(curves, armed_forces=AVERAGE_ARMED_FORCES)
text = caption(curves, armed_forces=AVERAGE_ARMED_FORCES)
