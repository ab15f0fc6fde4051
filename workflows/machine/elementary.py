"""Elementary functions of which a processor computes several numbers at once.

A step of a sampler spends most of its time in exponentials, logarithms and gamma functions of rows. Numba calls the C
library's, one number at a time. Here they are polynomials without branches, which LLVM computes for four or eight
numbers at once, within a few units in the last place of the exact value (gamma functions: of one, near their zeros), and
in the same order of roundings on every processor: what the C library returns differs in the last digit from one version
to the next.

Sources: Cody & Waite (1980, *Software Manual for the Elementary Functions*) for reducing the argument of the exponential
in two pieces of log 2; Tang (1990, *ACM TOMS* 16(4)) for the logarithm as a series in f / (2 + f); Goldberg (1991, *ACM
Computing Surveys* 23(1)), theorem 4, for the logarithm of 1 + x; Abramowitz & Stegun (1964), 6.1.40, 6.3.18 (Stirling's
series), 6.1.15 (recurrence) and 6.1.17 (reflection) for the gamma functions; Shepherd & Laframboise (1981, *Mathematics
of Computation* 36(153)) for the variable in which the complementary error function is one polynomial.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from math import factorial, pi
from pathlib import Path
from typing import Any

import numba
import numpy as np
import scipy.special
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.scalar import register_scalar_funcify
from pytensor.scalar.basic import (
    Exp,
    Expm1,
    Log,
    Log1p,
    ScalarOp,
    UnaryScalarOp,
    float64,
    upgrade_to_float,
)
from pytensor.scalar.math import Erfc, Erfcx, GammaLn, Psi, Sigmoid, Softplus
from pytensor.tensor.elemwise import Elemwise

#: Stands in the key of what is compiled: other roundings are another program, and so is what Numba kept under another
#: name of this module, which it imports again with the code.
VERSION = hashlib.sha256(__name__.encode() + Path(__file__).read_bytes()).hexdigest()
#: Adding it leaves the nearest integer in the last bits of a double.
_SHIFT = 1.5 * 2.0**52
_SHIFT_BITS = int(np.float64(_SHIFT).view(np.int64))
#: log 2 in two pieces, the first with so few digits that its products with exponents are exact.
_LOG2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
_LOG2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
#: The bits of the square root of one half, from which a mantissa is counted.
_ROOT_BITS = int(np.float64(np.sqrt(0.5)).view(np.int64))
#: Below it Stirling's series is summed that many steps further up.
_FAR = 8
#: Even Bernoulli numbers from the second on, of Stirling's series.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
#: (1 + 2 x) exp(x^2) erfc(x) for x >= 0 as a polynomial in (x - 3.75) / (x + 3.75), lowest power first: its
#: Chebyshev series from 60 digits, up to where terms fall below 2e-17.
_ERFCX = (
    1.2375126308378275, -0.14024059858554697, 0.0035854154854644293, 0.0822767384901452, -0.10880393014174886,
    0.09230432116037748, -0.05869339858963677, 0.028362277418956406, -0.009746579558029276, 0.0017556258528952954,
    0.0002937136655913448, -0.0002901540805408417, 5.164909889268241e-05, 2.238423915508223e-05,
    -1.1444146237700524e-05, -9.73559896736775e-07, 1.751637648849062e-06, -5.7218230603224086e-08,
    -2.5866850716155884e-07, 2.3263508708859124e-08, 3.8675334242222354e-08, -3.744210080962018e-09,
    -5.1739902140113095e-09, 3.1114333809799254e-10, 4.2514714447963895e-10,
)  # fmt: skip


class Elementary(UnaryScalarOp):
    """One of PyTensor's functions of one number, computed as this module does."""

    __props__ = ("of",)

    def __init__(self, of: ScalarOp) -> None:
        self.of = of
        super().__init__(output_types_preference=upgrade_to_float, name=f"elementary_{of}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.of == other.of

    def __hash__(self) -> int:
        return hash((type(self), self.of))

    def impl(self, x: float) -> float:
        """As PyTensor's, where a graph is evaluated in Python."""
        return self.of.impl(x)

    def c_code(self, *_: Any) -> str:
        """None, so that PyTensor leaves it a loop of its own.

        Fused with a sum or with looking up by index, the loop would compute one number at a time: sums keep their order.
        """
        raise NotImplementedError


class Gammas(ScalarOp):
    """The logarithm of the gamma function, and the digamma function, of the same number."""

    __props__ = ()
    nin, nout = 1, 2

    def __init__(self) -> None:
        super().__init__(name="gammaln_and_psi")

    def output_types(self, _types: Any) -> list[Any]:
        """Two doubles."""
        return [float64, float64]

    def impl(self, x: float) -> tuple[float, float]:
        """As PyTensor's, where a graph is evaluated in Python."""
        return scipy.special.gammaln(x), scipy.special.psi(x)

    def c_code(self, *_: Any) -> str:
        """None, as `Elementary` has none."""
        raise NotImplementedError


@node_rewriter([Elemwise])
def _one_by_one(_graph: Any, node: Any) -> list[Any] | None:
    known = type(node.op.scalar_op) in _FUNCTIONS and all(
        v.type.dtype == "float64" for v in (*node.inputs, *node.outputs)
    )
    return [Elemwise(Elementary(node.op.scalar_op))(*node.inputs)] if known else None


@node_rewriter([Elemwise])
def _both_gammas(graph: Any, node: Any) -> dict[Any, Any] | None:
    """Where a density needs the logarithm of the gamma function its gradient needs the digamma function of the same.

    In one loop they share a logarithm, a series of divisions and two of sines, half of what either takes.
    """

    def of(one: Any) -> type | None:
        scalar = getattr(one.op, "scalar_op", None)
        return type(scalar.of) if isinstance(scalar, Elementary) else None

    if of(node) is not GammaLn:
        return None
    user = next((user for user, _ in graph.clients[node.inputs[0]] if of(user) is Psi), None)
    if user is None:
        return None
    return dict(zip((*node.outputs, *user.outputs), Elemwise(Gammas())(*node.inputs), strict=True))


#: Puts this module's functions in a graph, and where among PyTensor's rewrites: after those that look for such
#: functions, before several operators are fused into one loop.
REWRITES = ((dfs_rewriter(_one_by_one), 48.5), (dfs_rewriter(_both_gammas), 48.6))


@register_scalar_funcify(Elementary)
def _compiled(op: Elementary, **_: Any) -> tuple[Any, str]:
    return _FUNCTIONS[type(op.of)](), hashlib.sha256(f"{type(op.of)} {VERSION}".encode()).hexdigest()


@register_scalar_funcify(Gammas)
def _compiled_gammas(_op: Gammas, **_: Any) -> tuple[Any, str]:
    return gammas(), hashlib.sha256(f"gammas {VERSION}".encode()).hexdigest()


def _jit(function: Callable[..., Any]) -> Any:
    """No licence to rearrange, and a division by zero is infinite: it would be a branch otherwise."""
    return numba.njit(fastmath=False, error_model="numpy", no_cpython_wrapper=True, forceinline=True)(
        function
    )


def _polynomial(coefficients: Sequence[float]) -> Any:
    """A polynomial of one variable, lowest power first, by Estrin's scheme: pairs, pairs of pairs, and so on."""
    terms, power, lines = [repr(float(c)) for c in coefficients], "x", []
    while len(terms) > 1:
        pairs = [f"({a} + {power} * {b})" for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs) :]
        lines.append(f"    {power}x = {power} * {power}")
        power += "x"
    source = "\n".join(["def polynomial(x):", *lines[:-1], f"    return {terms[0]}"])
    return _jit(compile_numba_function_src(source, "polynomial", {}))


@numba.extending.intrinsic
def _select(_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """One of two numbers; where Python would choose, LLVM may branch, and then computes one number at a time."""

    def generated(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.select(*values)

    return (yes(condition, yes, no) if yes == no else None), generated


@_jit
def _power_of_two(n: int) -> float:
    """2 ** n for n from -1022 to 1023, from its bits."""
    return np.int64((n + np.int64(1023)) << np.int64(52)).view(np.float64)


@cache
def _reduced() -> Any:
    """The integer n and the rest r of x = n log 2 + r, |r| <= log(2) / 2."""
    shift, bits, high, low, per = _SHIFT, np.int64(_SHIFT_BITS), _LOG2_HIGH, _LOG2_LOW, 1.0 / np.log(2.0)

    def reduced(x: float) -> tuple[int, float]:
        shifted = x * per + shift
        n = shifted - shift
        return np.float64(shifted).view(np.int64) - bits, (x - n * high) - n * low

    return _jit(reduced)


@cache
def exp() -> Any:
    """The exponential, with gradual underflow."""
    reduced, power = _reduced(), _power_of_two
    series = _polynomial([1 / factorial(k) for k in range(14)])

    def exp(x: float) -> float:
        above = _select(x < -746.0, -746.0, x)
        n, r = reduced(_select(above > 710.0, 710.0, above))
        # In two steps: neither the largest nor the smallest results have a power of two of their own.
        half = n >> np.int64(1)
        return series(r) * power(half) * power(n - half)

    return _jit(exp)


@cache
def expm1() -> Any:
    """exp(x) - 1, precise where x is small."""
    reduced, power = _reduced(), _power_of_two
    series = _polynomial([1 / factorial(k + 2) for k in range(12)])

    def expm1(x: float) -> float:
        above = _select(x < -50.0, -50.0, x)
        n, r = reduced(_select(above > 710.0, 710.0, above))
        half = power(n - np.int64(1))
        value = 2.0 * (half * (r + r * r * series(r)) + (half - 0.5))
        # Its sign where x is zero of either sign, and no cancellation where it is tiny.
        return _select(abs(x) < 1e-300, x, value)

    return _jit(expm1)


@cache
def log() -> Any:
    """The natural logarithm: minus infinity at zero, not a number below."""
    shift, shift_bits, root, high, low = (
        _SHIFT,
        np.int64(_SHIFT_BITS),
        np.int64(_ROOT_BITS),
        _LOG2_HIGH,
        _LOG2_LOW,
    )
    series = _polynomial([2 / (2 * k + 3) for k in range(10)])
    tiny, lift, infinite = float(np.finfo(float).tiny), 2.0**54, float("inf")

    def log(x: float) -> float:
        small = x < tiny
        bits = np.float64(_select(small, x * lift, x)).view(np.int64)
        n = (bits - root) >> np.int64(52)
        f = np.int64(bits - (n << np.int64(52))).view(np.float64) - 1.0
        exponent = np.int64(n + shift_bits).view(np.float64) - shift - _select(small, 54.0, 0.0)
        s = f / (2.0 + f)
        square, half = s * s, 0.5 * f * f
        value = exponent * high - ((half - (s * (half + square * series(square)) + exponent * low)) - f)
        value = _select(x == infinite, x, value)
        value = _select(x == 0.0, -infinite, value)
        return _select(x >= 0.0, value, np.nan)

    return _jit(log)


@cache
def log1p() -> Any:
    """The logarithm of 1 + x, precise where x is small."""
    log_ = log()

    def log1p(x: float) -> float:
        y = 1.0 + x
        # What was rounded away of x; nothing of it counts where y is huge, or zero.
        lost = (x - (y - 1.0)) / y
        value = log_(y) + _select(abs(lost) < 1.0, lost, 0.0)
        return _select(abs(x) < 1e-300, x, value)

    return _jit(log1p)


@cache
def sigmoid() -> Any:
    """1 / (1 + exp(-x))."""
    exp_ = exp()

    def sigmoid(x: float) -> float:
        return 1.0 / (1.0 + exp_(-x))

    return _jit(sigmoid)


@cache
def softplus() -> Any:
    """log(1 + exp(x))."""
    exp_, log1p_ = exp(), log1p()

    def softplus(x: float) -> float:
        return _select(x > 0.0, x, _select(x <= 0.0, 0.0, x)) + log1p_(exp_(-abs(x)))

    return _jit(softplus)


@cache
def _risen() -> Any:
    """A number raised to where Stirling's series holds; the product of what was passed, and its log-derivative."""
    product = _polynomial(_rising(_FAR))
    slope = _polynomial([k * c for k, c in enumerate(_rising(_FAR))][1:])
    far = float(_FAR)

    def risen(x: float) -> tuple[float, float, float]:
        near = x < far
        y = _select(near, x, 1.0)
        passed = product(y)
        return _select(near, x + far, x), _select(near, passed, 1.0), _select(near, slope(y) / passed, 0.0)

    return _jit(risen)


def _rising(count: int) -> list[float]:
    """Coefficients of x (x + 1) ... (x + count - 1), lowest power first."""
    found = np.array([1.0])
    for k in range(count):
        found = np.convolve(found, [float(k), 1.0])
    return found.tolist()


@cache
def _turned() -> Any:
    """Sine and cosine of pi x, by their series around the nearest integer; both but for the same sign."""
    sine = _polynomial([(-1) ** k * pi ** (2 * k + 1) / factorial(2 * k + 1) for k in range(11)])
    cosine = _polynomial([(-1) ** k * pi ** (2 * k) / factorial(2 * k) for k in range(12)])
    shift = _SHIFT

    def turned(x: float) -> tuple[float, float]:
        r = x - ((x + shift) - shift)
        return r * sine(r * r), cosine(r * r)

    return _jit(turned)


@cache
def gammaln() -> Any:
    """The logarithm of the absolute value of the gamma function; infinite where that is."""
    log_, risen, turned = log(), _risen(), _turned()
    series = _polynomial([b / ((2 * k + 2) * (2 * k + 1)) for k, b in enumerate(_BERNOULLI)])
    half_log, infinite, circle = 0.5 * np.log(2.0 * np.pi), float("inf"), pi

    def gammaln(x: float) -> float:
        below = x < 0.5
        y, passed, _ = risen(_select(below, 1.0 - x, x))
        inverse = 1.0 / y
        value = (y - 0.5) * log_(y) - y + half_log + inverse * series(inverse * inverse)
        sine, _ = turned(x)
        # Below, by reflection; one logarithm takes in what was passed and the sine.
        rest = log_(_select(below, circle * passed / abs(sine), passed))
        value = _select(below, rest - value, value - rest)
        return _select(abs(x) == infinite, infinite, value)

    return _jit(gammaln)


@cache
def psi() -> Any:
    """The digamma function; infinite or not a number at zero and negative integers."""
    log_, risen, turned = log(), _risen(), _turned()
    series = _polynomial([b / (2 * k + 2) for k, b in enumerate(_BERNOULLI)])
    circle = pi

    def psi(x: float) -> float:
        below = x < 0.5
        y, _, steps = risen(_select(below, 1.0 - x, x))
        inverse = 1.0 / y
        square = inverse * inverse
        value = log_(y) - 0.5 * inverse - square * series(square) - steps
        sine, cosine = turned(x)
        return _select(below, value - circle * cosine / sine, value)

    return _jit(psi)


@cache
def gammas() -> Any:
    """Both of the above; LLVM computes once what they share."""
    gammaln_, psi_ = gammaln(), psi()

    def gammas(x: float) -> tuple[float, float]:
        return gammaln_(x), psi_(x)

    return _jit(gammas)


@cache
def _exp_of_square() -> Any:
    """exp(sign x^2) to full precision: the square in two pieces."""
    exp_, head = exp(), np.int64(-(2**27))

    def exp_of_square(x: float, sign: float) -> float:
        high = np.int64(np.float64(x).view(np.int64) & head).view(np.float64)
        low = _select(abs(x) < 1e8, (x - high) * (x + high), 0.0)
        return exp_(sign * (high * high)) * exp_(sign * low)

    return _jit(exp_of_square)


@cache
def erfcx() -> Any:
    """exp(x^2) erfc(x)."""
    series, square = _polynomial(_ERFCX), _exp_of_square()

    def erfcx(x: float) -> float:
        y = abs(x)
        t = _select(y < 1e17, (y - 3.75) / (y + 3.75), 1.0)
        above = 0.5 * series(t) / (0.5 + y)
        above = _select(x == x, above, x)
        return _select(x < 0.0, 2.0 * square(x, 1.0) - above, above)

    return _jit(erfcx)


@cache
def erfc() -> Any:
    """The complementary error function, 1 - erf(x)."""
    scaled, square = erfcx(), _exp_of_square()

    def erfc(x: float) -> float:
        above = square(x, -1.0) * scaled(abs(x))
        return _select(x < 0.0, 2.0 - above, above)

    return _jit(erfc)


_FUNCTIONS: dict[type, Callable[[], Any]] = {
    Exp: exp, Expm1: expm1, Log: log, Log1p: log1p, Sigmoid: sigmoid, Softplus: softplus, GammaLn: gammaln, Psi: psi,
    Erfc: erfc, Erfcx: erfcx,
}  # fmt: skip
