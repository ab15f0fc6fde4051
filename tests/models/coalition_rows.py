"""The likelihood of rows of coalitions in plain arithmetic."""

import numpy as np


def row_loglik(eta: np.ndarray, gap: np.ndarray, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """The log likelihood by row in plain arithmetic: log of the probability of a kind between `least` and `most`."""

    def above(kind: np.ndarray) -> np.ndarray:
        """Probability of a kind of at least `kind`."""
        at = np.where(kind == 1, eta, eta - gap)
        return np.where(kind <= 0, 1.0, np.where(kind >= 3, 0.0, 1 / (1 + np.exp(-at))))

    return np.log(above(least) - above(most + 1))
