"""Distinct rows are NumPy's, found without sorting rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from models.depth import treaty_sets
from models.distinct import distinct_rows
from models.predictor.overlapping import listed
from models.predictor.treaty_operation import pairs_of

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12)


def same_as_numpys(values: np.ndarray) -> None:
    expected, index = np.unique(values, axis=0, return_inverse=True)
    found = distinct_rows(values)
    assert found[0].dtype == values.dtype
    np.testing.assert_array_equal(found[0], expected)
    np.testing.assert_array_equal(found[1], index.ravel())


@settings(deadline=None)
@given(arrays(bool, SHAPES) | arrays(np.int64, SHAPES, elements=st.integers(0, 3)))
def test_distinct_rows_and_their_order_are_numpys(values):
    same_as_numpys(values)


@pytest.mark.parametrize("most", [2, 1_000, 2**40])
def test_more_columns_than_one_integer_holds_are_told_apart(most):
    rng = np.random.default_rng(1)
    values = rng.integers(0, most, (8, 100))[rng.integers(0, 8, 300)]
    values[:150, -1] = 0
    same_as_numpys(values)
    same_as_numpys(values % 2 == 1)


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_those_of_each_treaty_and_operation_looked_at_in_turn(seed):
    rng = np.random.default_rng(seed)
    operation = rng.permutation(np.repeat(np.arange(4), 15))
    in_force = (rng.random((6, 7)) < 0.4)[rng.integers(0, 6, 60)].astype(float)
    in_force[operation == 1, 0] = 1  # binds everybody there
    in_force[operation == 2, 1] = 0  # binds nobody there
    member = {
        (treaty, k): (in_force[:, treaty] > 0) & (operation == k) for treaty in range(7) for k in range(4)
    }
    expected = [pair for pair, here in member.items() if here.any() and here.sum() < 15]
    pairs = pairs_of(in_force, operation)
    assert list(zip(pairs.treaty.tolist(), pairs.operation.tolist(), strict=True)) == expected
    np.testing.assert_array_equal(pairs.of_row, listed(np.column_stack([member[pair] for pair in expected])))


def test_without_treaties_there_is_one_set_and_no_pair():
    none = np.zeros((3, 0))
    sets, of_row = treaty_sets(none)
    assert sets.shape == (1, 0)
    assert of_row.tolist() == [0, 0, 0]
    pairs = pairs_of(none, np.array([0, 1, 1]))
    assert pairs.treaty.size == 0
    assert pairs.of_row.tolist() == [[0], [0], [0]]
