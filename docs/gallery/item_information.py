"""Where each provision tells something of depth (simulated)."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from figures.item_information import caption, item_information

depth = np.linspace(-2.5, 3.5, 61)
items = {
    "integrated_command": (1.6, 1.2),
    "bases": (1.0, 1.1),
    "organisation": (0.7, 0.3),
    "secrecy": (0.2, 1.8),
}
parts = []
for name, (loading, threshold) in items.items():
    at = loading * depth - threshold * np.sqrt(1 + loading**2)
    information = (loading * norm.pdf(at)) ** 2 / (norm.cdf(at) * norm.sf(at))
    parts.append(
        pd.DataFrame(
            {
                "provision": name,
                "depth": depth,
                "median": information,
                "lower": 0.7 * information,
                "upper": 1.3 * information,
            }
        )
    )
table = pd.concat(parts)

figure = item_information(table)
text = caption(table)
