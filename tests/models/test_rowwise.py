"""Sums over rows are the same however they are built: row by row, merged, or from known counts."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.maker import function
from pytensor.compile.mode import Mode

from models.predictor import rowwise as module
from models.predictor.rowwise import EVERY, Columns, Lookup, Rowwise, product, rowwise, take

PLAIN = Mode(linker="py", optimizer=None)
ROWS = 200


def _sum(rng: np.random.Generator) -> tuple[Rowwise, np.ndarray]:
    """Every kind of term, and the sum by NumPy."""
    terms, want = [], np.zeros(ROWS)
    for size in (3, 4, 60):
        values, index = rng.normal(size=size), rng.integers(0, size, ROWS)
        terms.append(Lookup(pt.constant(values), index))
        want += values[index]
    values, index, column = rng.normal(size=5), rng.integers(0, 5, ROWS), rng.normal(size=ROWS)
    terms.append(Lookup(pt.constant(values), index, column))
    columns, coefficients = rng.normal(size=(ROWS, 2)), rng.normal(size=2)
    terms.append(Columns(pt.constant(coefficients), columns))
    other = rng.normal(size=ROWS)
    terms.append(lambda at: take(pt.constant(other), at))
    return Rowwise(*terms), want + values[index] * column + columns @ coefficients + other


@pytest.mark.parametrize("few", [1, 4, 1000])
def test_a_sum_is_built_for_the_rows_asked_for(few, monkeypatch):
    monkeypatch.setattr(module, "FEW", few)
    found, want = _sum(np.random.default_rng(1))
    some = np.array([7, 0, 7, 199])
    for rows in (EVERY, some, pt.constant(some), slice(3, 9)):
        at = some if isinstance(rows, pt.TensorVariable) else rows
        np.testing.assert_allclose(found[rows].eval(mode=PLAIN), want[at], atol=1e-12)
    np.testing.assert_allclose(pt.exp(pt.as_tensor_variable(found)).eval(mode=PLAIN), np.exp(want))


def test_a_sum_times_looked_up_values_is_that_product_in_every_row():
    rng = np.random.default_rng(2)
    found, want = _sum(rng)
    slope, index = rng.normal(size=3), rng.integers(0, 3, ROWS)
    product = found.times(pt.constant(slope), index)
    np.testing.assert_allclose(product[EVERY].eval(mode=PLAIN), slope[index] * want, atol=1e-12)
    known = rowwise(want).times(pt.constant(slope), index)
    assert isinstance(known.terms[0], Lookup)
    np.testing.assert_allclose(known[EVERY].eval(mode=PLAIN), slope[index] * want, atol=1e-12)


@pytest.mark.parametrize(("groups", "few"), [(2, 4), (150, 4), (150, 0)])
def test_totals_from_known_counts_are_those_of_the_rows(groups, few, monkeypatch):
    """With 150 groups some matrices are larger than the rows: those terms are summed row by row, or pair by pair."""
    monkeypatch.setattr(module, "FEW", few)
    rng = np.random.default_rng(3)
    found, want = _sum(rng)
    rows = rng.integers(0, ROWS, 120)
    group = rng.integers(0, groups, rows.size)
    np.testing.assert_allclose(
        found.total(group, groups, rows).eval(mode=PLAIN),
        np.bincount(group, want[rows], minlength=groups),
        atol=1e-12,
    )


def _shared(values: np.ndarray):
    return pytensor.shared(values, shape=values.shape)


@pytest.mark.parametrize(("groups", "few"), [(2, 4), (150, 4), (150, 0)])
def test_totals_of_what_is_data_of_the_model_are_those_of_the_rows_that_count(groups, few, monkeypatch):
    monkeypatch.setattr(module, "FEW", few)
    rng = np.random.default_rng(4)
    plain, want = _sum(rng)
    columns, slope, index = rng.normal(size=(ROWS, 2)), rng.normal(size=2), rng.integers(0, 5, ROWS)
    one, times = rng.normal(size=ROWS), rng.normal(size=5)
    found = plain.plus(
        Columns(pt.constant(slope), _shared(columns)),
        *rowwise(_shared(one)).times(pt.constant(times), index).terms,
    )
    want = want + columns @ slope + one * times[index]
    np.testing.assert_allclose(found[EVERY].eval(mode=PLAIN), want, atol=1e-12)
    rows = rng.integers(0, ROWS, 120)
    group, counts = rng.integers(0, groups, rows.size), rng.random(rows.size) < 0.5
    np.testing.assert_allclose(
        found.total(group, groups, rows, _shared(counts)).eval(mode=PLAIN),
        np.bincount(group, want[rows] * counts, minlength=groups),
        atol=1e-12,
    )


def test_a_sum_times_known_numbers_of_the_rows_is_that_product():
    rng = np.random.default_rng(6)
    found, want = _sum(rng)
    weight = rng.normal(size=ROWS)
    some = np.array([7, 0, 7, 199])
    for rows in (EVERY, some):
        have = found.weighted(weight)[rows].eval(mode=PLAIN)
        np.testing.assert_allclose(have, (weight * want)[rows], atol=1e-12)


def test_a_vector_is_known_where_it_follows_from_data_alone():
    with pm.Model():
        seen, noise = pm.Data("seen", np.arange(3.0)), pm.Normal("noise", shape=3)
    assert isinstance(rowwise(seen - seen.mean()).terms[0], Columns)
    assert not isinstance(rowwise(seen + noise).terms[0], Columns)


def test_lookups_with_few_pairs_are_merged_into_one():
    index = np.tile([0, 1], 50), np.repeat([0, 1], 50), np.arange(100)
    terms = [Lookup(pt.constant(np.ones(int(i.max()) + 1)), i) for i in index]
    assert len(module._merged(terms, EVERY)) == 2


@pytest.mark.parametrize("shape", [(48, 3), (48, 1), (48, 6), (20, 3), (48, 7), (3, 3), (5, 0)])
@pytest.mark.parametrize("data", [False, True], ids=["known", "data"])
def test_a_product_is_that_of_the_matrix_however_it_is_taken(shape, data):
    rng = np.random.default_rng(5)
    matrix, coefficients = rng.normal(size=shape), rng.normal(size=shape[1])
    vector = pt.vector("coefficients", shape=(shape[1],))
    given = pytensor.shared(matrix, shape=shape) if data else matrix
    found = product(given, vector)
    weight = rng.normal(size=shape[0])
    slope = pt.grad((weight * found).sum(), vector)
    values = function([vector], [found, slope], mode=PLAIN)(coefficients)
    np.testing.assert_allclose(values[0], matrix @ coefficients, atol=1e-12)
    np.testing.assert_allclose(values[1], weight @ matrix, atol=1e-12)
