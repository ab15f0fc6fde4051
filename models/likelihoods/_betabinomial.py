"""Numerics of the beta-binomial: troops out of armed forces, with a mean and a precision.

Written with ratios of gamma functions that are exact in relative terms, so that
``1 - P(0)`` keeps its digits when a mean contingent is far below one soldier. The same
code runs on NumPy and PyTensor: ``xp`` is either module.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy.special import expit

from models.likelihoods import Arrays
from models.likelihoods._hurdle import whole
from models.likelihoods._stable import namespace

SHIFT = 8  # from here on the asymptotic series is good to 1e-11


def log_gamma_ratio(x: Any, a: Any, xp: ModuleType, shift: bool = True) -> Any:
    """``log Gamma(x + a) - log Gamma(x)`` for x, a > 0, without cancellation for small `a`.

    Stirling's series of the difference, its terms paired by hand; below :data:`SHIFT` the
    recurrence moves the argument up. ``shift=False`` says that every x is at least that.
    """
    moved = 0.0
    if shift:
        # log of prod (1 + a / (x + i)), accumulated as that product less one.
        product = a / x
        for i in range(1, SHIFT):
            step = a / (x + i)
            product = product + step + product * step
        moved = xp.log1p(product)
        x = x + SHIFT
    u, v = 1.0 / (x + a), 1.0 / x
    p, q = u * v, u * u + v * v
    # (u^k - v^k) / (u - v) for k = 1, 3, 5, 7, with Stirling's coefficients.
    fifth, seventh = q * q + p * q - p * p, q * q * (q + p) - p * p * (2.0 * q + p)
    series = 1 / 12 - (q + p) / 360 + fifth / 1260 - seventh / 1680
    return (x - 0.5) * xp.log1p(a * v) + a * (xp.log(x + a) - 1.0) - a * p * series - moved


def minus_log_zero(
    eta: Any, precision: Any, armed_forces: Any, xp: ModuleType = pt, relative: bool = True
) -> Any:
    """Minus the log probability that nobody of `armed_forces` is sent, shape as `eta`.

    ``relative=False`` (PyTensor only) is three times as fast and exact in absolute terms
    alone: enough unless the logarithm of the result is taken.
    """
    sigmoid = pt.sigmoid if xp is pt else expit
    alpha, beta = precision * sigmoid(eta), precision * sigmoid(-eta)
    small = not isinstance(armed_forces, np.ndarray) or bool(np.min(armed_forces, initial=np.inf) < SHIFT)
    of_all = log_gamma_ratio(armed_forces + beta, alpha, xp, shift=small)
    if relative:
        return of_all - log_gamma_ratio(beta, alpha, xp)
    return of_all + pt.gammaln(beta) - pt.gammaln(precision)


def log_mass(
    eta: TensorVariable, precision: TensorVariable, troops: Any, armed_forces: Any
) -> TensorVariable:
    """Log probability of each whole number of troops, all of them positive; not truncated."""
    alpha, beta = precision * pt.sigmoid(eta), precision * pt.sigmoid(-eta)
    rest = armed_forces - troops
    gammaln = namespace(troops).gammaln
    ways = gammaln(armed_forces + 1) - gammaln(troops + 1) - gammaln(rest + 1)
    sent = pt.gammaln(troops + alpha) - pt.gammaln(alpha)
    kept = log_gamma_ratio(beta, alpha, pt) - log_gamma_ratio(rest + beta, troops + alpha, pt)
    return ways + sent + kept


def truncated_draw(
    rng: np.random.Generator, eta: np.ndarray, precision: np.ndarray, armed_forces: np.ndarray
) -> np.ndarray:
    """Draw positive numbers of troops; all arguments have one shape, and so has the result.

    As an urn: soldiers are drawn one by one, each sent with a chance that the earlier ones
    changed. The first one sent is found by bisection on its distribution function, given
    that there is one; the rest follow a beta-binomial again. Exact, with no rejection.
    """
    total = minus_log_zero(eta, precision, armed_forces, np)
    target = -np.log1p(rng.random(eta.shape) * np.expm1(-total))
    below, first = np.zeros(eta.shape), armed_forces.astype(float)
    while np.any(first - below > 1):
        middle = np.floor((below + first) / 2)
        reached = minus_log_zero(eta, precision, np.maximum(middle, 1.0), np) >= target
        open_ = first - below > 1
        first = np.where(open_ & reached, middle, first)
        below = np.where(open_ & ~reached, middle, below)
    kept = np.maximum(precision * expit(-eta) + first - 1.0, np.finfo(float).tiny)
    chance = rng.beta(precision * expit(eta) + 1.0, kept)
    return 1.0 + rng.binomial((armed_forces - first).astype(np.int64), chance)


def draw(
    rng: np.random.Generator, eta: np.ndarray, precision: np.ndarray, armed_forces: np.ndarray
) -> np.ndarray:
    """Draw numbers of troops, zero included; all arguments have one shape, and so has the result."""
    tiny = np.finfo(float).tiny
    alpha, beta = (np.maximum(precision * expit(side), tiny) for side in (eta, -eta))
    return rng.binomial(armed_forces.astype(np.int64), rng.beta(alpha, beta)).astype(float)


def shares(
    rng: np.random.Generator,
    eta: Arrays,
    params: Arrays,
    armed_forces: np.ndarray,
    sent: Callable[[np.random.Generator, np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Draw shares, shape (..., row): whole troops, drawn by `sent` for those who take part, over whole armed forces."""
    size, participation, precision, forces = np.broadcast_arrays(
        eta["size"], eta["participation"], params["precision"], whole(armed_forces)
    )
    share = np.zeros(size.shape)
    taking = rng.random(size.shape) < expit(participation)
    share[taking] = sent(rng, size[taking], precision[taking], forces[taking]) / forces[taking]
    return share
