"""Log densities that stay finite, with finite gradients, at predictors far out in the tails.

Every branch of a ``switch`` is evaluated and differentiated, so each gets an argument
clipped to the region in which it is used: an overflow in the branch not taken would
turn the gradient into NaN.
"""

from __future__ import annotations

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

SQRT2 = float(np.sqrt(2.0))
HALF_LOG_2PI = float(0.5 * np.log(2.0 * np.pi))


def log_sigmoid(x: TensorVariable) -> TensorVariable:
    """Log of the logistic function; about ``x`` far below zero and 0 far above."""
    return -pt.softplus(-x)


def log_normal_cdf(z: TensorVariable) -> TensorVariable:
    """Log of the standard normal distribution function, by the scaled ``erfc`` in the lower tail."""
    low, high = pt.minimum(z, -1.0), pt.maximum(z, -1.0)
    return pt.switch(
        z < -1.0,
        pt.log(0.5 * pt.erfcx(-low / SQRT2)) - 0.5 * low**2,
        pt.log1p(-0.5 * pt.erfc(high / SQRT2)),
    )


def log1mexp(x: TensorVariable) -> TensorVariable:
    """``log(1 - exp(-x))`` for x > 0 (Maechler 2012, both branches safe to differentiate)."""
    small, large = pt.minimum(x, 0.6931471805599453), pt.maximum(x, 0.6931471805599453)
    return pt.switch(x < 0.6931471805599453, pt.log(-pt.expm1(-small)), pt.log1p(-pt.exp(-large)))
