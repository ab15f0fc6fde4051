"""Log densities that stay finite, with finite gradients, at predictors far out in the tails.

Every branch of a ``switch`` is evaluated and differentiated, so each gets an argument
clipped to the region in which it is used: an overflow in the branch not taken would
turn the gradient into NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
import scipy.special
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

SQRT2 = float(np.sqrt(2.0))
HALF_LOG_2PI = float(0.5 * np.log(2.0 * np.pi))


def log_sigmoid(x: TensorVariable) -> TensorVariable:
    """Log of the logistic function; about ``x`` far below zero and 0 far above."""
    size = pt.abs(x)
    return 0.5 * (x - size) - pt.log1p(pt.minimum(pt.exp(-size), 1.0))


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


class Namespace:
    """The functions that likelihoods apply to data, from NumPy or PyTensor as the data are."""

    def __init__(self, symbolic: bool) -> None:
        self.symbolic = symbolic
        module: Any = pt if symbolic else np
        self.log, self.log1p, self.floor = module.log, module.log1p, module.floor
        self.where, self.minimum, self.maximum = module.where, module.minimum, module.maximum
        self.gammaln: Any = pt.gammaln if symbolic else scipy.special.gammaln

    def indices(self, mask: Any) -> Any:
        """Integer indices of the true entries of a vector."""
        return pt.flatnonzero(mask) if self.symbolic else np.flatnonzero(mask)

    def none(self, rows: Any) -> bool:
        """Whether `rows` is known to be empty; symbolic rows are not."""
        return not self.symbolic and rows.size == 0


def namespace(data: Any) -> Namespace:
    """The namespace of data: PyTensor's for its variables, else NumPy's."""
    return Namespace(isinstance(data, Variable))
