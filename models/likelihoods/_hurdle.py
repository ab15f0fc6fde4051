"""What all hurdle likelihoods share: taking part or not, and the size of those who do.

Most rows are zero, so the size density is evaluated on the positive rows only. Which
those are is known when the graph is built, hence indices rather than a ``switch``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.likelihoods._stable import log_sigmoid


def log_participation(eta: TensorVariable, positive: np.ndarray) -> TensorVariable:
    """Bernoulli log probability of each row; `positive` is a boolean array, `eta` a log odds."""
    return log_sigmoid(np.where(positive, 1.0, -1.0) * eta)


def hurdle_logp(
    participation: TensorVariable,
    positive: np.ndarray,
    size_logp: Callable[[np.ndarray], TensorVariable],
) -> TensorVariable:
    """Log density of each row of a hurdle model.

    Parameters
    ----------
    participation : TensorVariable, shape (row,)
        Log odds of a positive outcome.
    positive : ndarray of bool, shape (row,)
        Where the outcome is positive.
    size_logp : callable
        Given the integer indices of the positive rows, their log density of size.

    Returns
    -------
    TensorVariable, shape (row,)
    """
    log_density = log_participation(participation, positive)
    rows = np.flatnonzero(positive)
    if rows.size == 0:
        return log_density
    return pt.inc_subtensor(log_density[rows], size_logp(rows))


def open_share(share: np.ndarray, armed_forces: np.ndarray) -> np.ndarray:
    """Shares as a density on the open interval can take them: a share of one loses half a soldier.

    A beta density is zero or infinite at exactly one; a force sent whole is only known to
    the nearest soldier.
    """
    return np.minimum(share, 1.0 - 0.5 / np.maximum(armed_forces, 1.0))


def zero_inflated_logp(
    participation: TensorVariable,
    positive: np.ndarray,
    size_logp: Callable[[np.ndarray], TensorVariable],
    minus_log_zero: Callable[[np.ndarray], TensorVariable],
) -> TensorVariable:
    """Log density of each row where those who could send may still send none.

    Parameters
    ----------
    participation, positive, size_logp
        As in :func:`hurdle_logp`, with a size density that is not truncated at zero.
    minus_log_zero : callable
        Given the integer indices of the zero rows, minus the log probability of zero
        under the size density.

    Returns
    -------
    TensorVariable, shape (row,)

    Notes
    -----
    With log odds e of taking part and P(0) = exp(-L), log(1 - p + p P(0)) is
    softplus(e - L) - softplus(e), whose second term is the hurdle's.
    """
    zeros = np.flatnonzero(~positive)
    log_density = hurdle_logp(participation, positive, size_logp)
    if zeros.size == 0:
        return log_density
    excess = pt.softplus(participation[zeros] - minus_log_zero(zeros))
    return pt.inc_subtensor(log_density[zeros], excess)


def whole(counts: np.ndarray) -> np.ndarray:
    """Troops as whole persons: halves round up, and a positive average is never rounded to zero."""
    return np.where(counts > 0, np.maximum(np.floor(np.asarray(counts) + 0.5), 1.0), 0.0)
