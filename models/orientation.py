"""Does a depth score run the right way? Judged on data, never on a convention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True)
class Orientation:
    """Result of the orientation check.

    Attributes
    ----------
    passed : bool
        Whether scores rise with the number of provisions on every chain.
    rank_correlation : ndarray, shape (chain,)
        Spearman correlation of each chain's mean score with the number of provisions.
    minimum : float
        What each of them had to exceed.
    treaties : int
        Treaties (or states) that took part.
    """

    passed: bool
    rank_correlation: np.ndarray
    minimum: float
    treaties: int

    def __str__(self) -> str:
        found = ", ".join(f"{value:+.2f}" for value in self.rank_correlation)
        verdict = "rise" if self.passed else "do NOT rise"
        return (
            f"scores {verdict} with the number of provisions: rank correlation {found} "
            f"over {self.treaties} treaties (must exceed {self.minimum:g} on every chain)"
        )


def provision_count(provisions: np.ndarray) -> np.ndarray:
    """Number of provisions a treaty has, shape (treaty,); NaN where none was coded.

    Missing entries count at the mean of the treaty's own coded ones, so that a treaty
    half of which was read is not taken for a shallow one.
    """
    table = np.asarray(provisions, dtype=float)
    seen = np.isfinite(table)
    coded = seen.sum(axis=1)
    present = (np.where(seen, table, 0.0) > 0).sum(axis=1)
    return np.where(coded > 0, present / np.maximum(coded, 1) * table.shape[1], np.nan)


def orientation(theta_draws: np.ndarray, provisions: np.ndarray, *, minimum: float = 0.2) -> Orientation:
    """Check that scores rise with the number of provisions.

    Parameters
    ----------
    theta_draws : ndarray, shape (treaty,), (draw, treaty) or (chain, draw, treaty)
        Scores. Chains are judged one by one, because some may be mirrored, or all together.
    provisions : ndarray, shape (treaty, provision)
        Categories, 0 for none, NaN where missing.
    minimum : float
        A rank correlation at or below it fails: a measure that does not rise is as
        useless as one that falls.
    """
    draws = np.asarray(theta_draws, dtype=float)
    scores = np.atleast_2d(draws.mean(axis=-2) if draws.ndim > 1 else draws)
    count = provision_count(provisions)
    if scores.shape[-1] != count.size:
        raise ValueError(f"{scores.shape[-1]} scores for {count.size} treaties")
    usable = np.isfinite(count) & np.isfinite(scores).all(axis=0)
    found = np.array([_spearman(row[usable], count[usable]) for row in scores])
    return Orientation(bool(np.all(found > minimum)), found, minimum, int(usable.sum()))


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation; zero where either side does not vary."""
    x, y = rankdata(a), rankdata(b)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])
