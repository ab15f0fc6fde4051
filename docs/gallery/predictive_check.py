"""Prior and posterior predictive check of troop shares (simulated)."""

import numpy as np

from figures.predictive import caption, predictive_check

random = np.random.default_rng(3)


def shares(draws, sends, center, spread):
    """Shares of 600 rows: most are zero, none exceeds one."""
    size = (draws, 600)
    sent = random.random(size) < np.reshape(sends, (-1, 1))
    return np.where(sent, np.minimum(1, np.exp(random.normal(np.reshape(center, (-1, 1)), spread, size))), 0)


observed = shares(1, 0.15, -5.2, 1.1)[0]
prior = shares(300, random.beta(1, 2, 300), random.normal(-5, 1.5, 300), 1.3)
posterior = shares(300, random.normal(0.15, 0.01, 300), random.normal(-5.2, 0.08, 300), 1.1)

figure = predictive_check(observed, prior, posterior)
text = caption(observed, prior, posterior)
