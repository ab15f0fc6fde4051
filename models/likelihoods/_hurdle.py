"""What all hurdle likelihoods share: taking part or not, and the size of those who do.

Most rows are zero, so the size density is evaluated on the positive rows only. Which
those are is known when the graph is built, hence indices rather than a ``switch``; only
symbolic data (one compiled model, many data sets) look them up at every evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.likelihoods._stable import log_sigmoid, namespace


def log_participation(eta: TensorVariable, positive: Any) -> TensorVariable:
    """Bernoulli log probability of each row; `positive` is boolean, `eta` a log odds."""
    return log_sigmoid(namespace(positive).where(positive, 1.0, -1.0) * eta)


def hurdle_logp(
    participation: TensorVariable,
    positive: Any,
    size_logp: Callable[[Any], TensorVariable],
) -> TensorVariable:
    """Log density of each row of a hurdle model.

    Parameters
    ----------
    participation : TensorVariable, shape (row,)
        Log odds of a positive outcome.
    positive : ndarray or TensorVariable of bool, shape (row,)
        Where the outcome is positive.
    size_logp : callable
        Given the integer indices of the positive rows, their log density of size.

    Returns
    -------
    TensorVariable, shape (row,)
    """
    log_density = log_participation(participation, positive)
    xp = namespace(positive)
    rows = xp.indices(positive)
    if xp.none(rows):
        return log_density
    # PyTensor looks at every number of an array that it is indexed by, in Python; at none of a constant.
    where = pt.as_tensor_variable(rows)
    return pt.inc_subtensor(log_density[where], size_logp(rows))


def at(parameter: Any, rows: Any) -> Any:
    """A dispersion parameter at some rows: it is one for all, or one for each, shape (row,)."""
    return parameter[rows] if parameter.ndim else parameter


def open_share(share: Any, armed_forces: Any) -> Any:
    """Shares as a density on the open interval can take them: a share of one loses half a soldier.

    A beta density is zero or infinite at exactly one; a force sent whole is only known to
    the nearest soldier.
    """
    xp = namespace(share)
    return xp.minimum(share, 1.0 - 0.5 / xp.maximum(armed_forces, 1.0))


def zero_inflated_logp(
    participation: TensorVariable,
    positive: Any,
    size_logp: Callable[[Any], TensorVariable],
    minus_log_zero: Callable[[Any], TensorVariable],
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
    xp = namespace(positive)
    zeros = xp.indices(~positive)
    log_density = hurdle_logp(participation, positive, size_logp)
    if xp.none(zeros):
        return log_density
    excess = pt.softplus(participation[zeros] - minus_log_zero(zeros))
    return pt.inc_subtensor(log_density[zeros], excess)


def whole(counts: Any) -> Any:
    """Troops as whole persons: halves round up, and a positive average is never rounded to zero."""
    xp = namespace(counts)
    return xp.where(counts > 0, xp.maximum(xp.floor(counts + 0.5), 1.0), 0.0)
