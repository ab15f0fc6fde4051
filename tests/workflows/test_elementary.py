"""Elementary functions of several numbers at once: as precise as the C library's, everywhere."""

from __future__ import annotations

import re

import numba
import numpy as np
import pytensor.tensor as pt
import pytest
import scipy.special
from pytensor.compile.maker import function
from pytensor.compile.mode import get_mode
from pytensor.tensor.elemwise import Elemwise

from workflows.machine import elementary
from workflows.machine.compiling import exact

RNG = np.random.default_rng(3)
REAL = np.concatenate([RNG.normal(size=2000) * scale for scale in (1e-6, 1.0, 30.0)])
POSITIVE = np.exp(np.concatenate([RNG.normal(size=2000) * scale for scale in (0.1, 1.0, 100.0)]))
GAMMA = np.concatenate(
    [np.exp(RNG.normal(size=3000) * 4.0), RNG.uniform(0.5, 12.0, 2000), RNG.uniform(-9, 0, 2000)]
)
ODD = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, 5e-324, -1e-310, 1e-17, 709.7, 710.5, -740.0, -745.0, -746.5, 1e308,
     -1.0, 1.0, 2.0, -0.5, -2.7, 36.0, -800.0, 1e17, -50.3]
)  # fmt: skip


def log_one_plus_exp(x):
    return np.logaddexp(0.0, x)


#: Arguments, exact values, and how far from them in units of the last place (gamma functions: of one or the value).
FUNCTIONS = {
    "exp": (REAL * 5, np.exp, 3),
    "expm1": (REAL, np.expm1, 3),
    "log": (POSITIVE, np.log, 2),
    "log1p": (np.concatenate([POSITIVE, -np.exp(-POSITIVE), REAL * 1e-3]), np.log1p, 2),
    "sigmoid": (REAL, scipy.special.expit, 5),
    "softplus": (REAL, log_one_plus_exp, 5),
    "erfc": (REAL[abs(REAL) < 4], scipy.special.erfc, 40),
    "erfcx": (REAL[REAL > -4], scipy.special.erfcx, 40),
    "gammaln": (GAMMA, scipy.special.gammaln, 80),
    "psi": (GAMMA, scipy.special.psi, 80),
}


def on_arrays(name):
    """One of the functions, of each number of an array."""
    one = getattr(elementary, name)()

    @numba.njit(error_model="numpy")
    def each(x, found):
        for k in range(x.size):
            found[k] = one(x[k])

    return each


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_exact_to_the_last_digits(name):
    x, exactly, units = FUNCTIONS[name]
    found = np.empty_like(x)
    each = on_arrays(name)
    each(x, found)
    with np.errstate(all="ignore"):
        right = exactly(x)
    assert np.isfinite(right).mean() > 0.95
    size = np.maximum(np.abs(right), 1.0) if name in ("gammaln", "psi") else np.abs(right)
    if name in ("gammaln", "psi"):
        # Near a pole at a negative integer a value moves by what its argument is rounded by.
        size = size + np.abs(1.0 / np.sinc(x)) * (x < 0) * 10
    finite = np.isfinite(right)
    np.testing.assert_array_equal(found[~finite], right[~finite])
    assert (np.abs(found[finite] - right[finite]) <= units * np.spacing(size)[finite]).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_odd_arguments(name):
    found = np.empty_like(ODD)
    on_arrays(name)(ODD, found)
    with np.errstate(all="ignore"):
        right = FUNCTIONS[name][1](ODD)
    if name == "gammaln":  # SciPy says minus infinity; the C library, which PyTensor takes, infinity
        right[np.isneginf(ODD)] = np.inf
    if name == "psi":  # a pole from both sides: neither is a number that a sampler goes on with
        pole = (ODD <= 0) & (np.round(ODD) == ODD)
        assert not np.isfinite(found[pole]).any()
        found[pole] = right[pole]
    np.testing.assert_allclose(found, right, rtol=1e-13, atol=1e-14 if name == "gammaln" else 0.0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_several_numbers_are_computed_at_once(name):
    each = on_arrays(name)
    each(np.ones(3), np.empty(3))
    assert_vectorised(each)


def assert_vectorised(each):
    (code,) = each.inspect_asm().values()
    assert re.search(r"\bv?mulpd\b|\bfmul\s+v\d+\.2d", code), "a branch or a call is left in the loop"


def test_a_graph_takes_them_for_its_own_and_only_where_numbers_are_double():
    x, y = pt.vector("x"), pt.vector("y", dtype="float32")
    outputs = [
        pt.exp(x) + pt.log1p(x) + pt.sigmoid(x) + pt.softplus(x) + pt.gammaln(x) + pt.expm1(x) + pt.log(x),
        pt.exp(y),
    ]  # fmt: skip
    mode = get_mode("NUMBA").excluding("fusion").register(*elementary.REWRITES)
    compiled = function([x, y], outputs, mode=mode)
    kinds = [
        node.op.scalar_op
        for node in compiled.maker.fgraph.apply_nodes
        if isinstance(node.op, Elemwise) and node.inputs[0].owner is None
    ]
    own = [kind for kind in kinds if isinstance(kind, elementary.Elementary)]
    assert len(own) == 7
    assert sum(type(kind).__name__ == "Exp" for kind in kinds) == 1
    values = np.array([0.2, 1.0, 7.5]), np.array([0.5], "float32")
    written = function([x, y], outputs, mode=get_mode("FAST_COMPILE"))
    for found, right in zip(compiled(*values), written(*values), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-14)
    assert all(kind.impl(0.5) == kind.of.impl(0.5) for kind in own)
    assert len(set(own)) == 7, "each is one operator, and equal to itself alone"


def test_gamma_functions_of_the_same_numbers_are_one_loop_and_the_same_to_the_last_digit():
    x = pt.vector("x")
    mode = get_mode("NUMBA").register(*elementary.REWRITES)
    with exact():
        both = function([x], [pt.gammaln(x), pt.psi(x)], mode=mode)
        apart = [function([x], one(x), mode=mode) for one in (pt.gammaln, pt.psi)]
        elsewhere = function([x], [pt.gammaln(x), pt.psi(x + 1.0)], mode=mode)
    assert [sum(isinstance(n.op, Elemwise) for n in f.maker.fgraph.apply_nodes) for f in (both, *apart)] == [
        1,
        1,
        1,
    ]
    values = np.concatenate([GAMMA, ODD])
    np.testing.assert_array_equal(both(values), [f(values) for f in apart])
    np.testing.assert_array_equal(elsewhere(values)[0], apart[0](values))
    gammas = elementary.gammas()
    assert elementary.Gammas().impl(0.5) == pytest.approx(
        gammas_of_half := (0.5723649429247001, -1.9635100260214235)
    )

    @numba.njit(error_model="numpy")
    def each(x, one, other):
        for k in range(x.size):
            one[k], other[k] = gammas(x[k])

    one, other = np.empty(1), np.empty(1)
    each(np.array([0.5]), one, other)
    assert (one[0], other[0]) == pytest.approx(gammas_of_half)
    assert_vectorised(each)


@pytest.mark.parametrize(
    ("name", "x", "right"),  # from forty digits; SciPy's own are off by some hundred units there
    [
        ("erfc", 24.25, 9.41989537813256386e-258), ("erfc", 9.3, 1.65324418403013499e-39),
        ("erfcx", -25.45, 3.93234542937236888e281), ("erfcx", 300.5, 0.00187749237815296449),
    ],
)  # fmt: skip
def test_tails_of_the_normal_distribution_keep_their_digits(name, x, right):
    found = np.empty(1)
    on_arrays(name)(np.array([x]), found)
    assert abs(found[0] - right) <= 8 * np.spacing(right)
