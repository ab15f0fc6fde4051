"""What stands in place of operators that PyTensor carries out draw by draw computes what they do."""

from __future__ import annotations

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from pytensor.graph.traversal import toposort
from pytensor.tensor.blockwise import Blockwise
from scipy.special import expit

from workflows.draws.batched import at_once
from workflows.draws.evaluate import in_python

GROUP = np.array([2, 0, 2, 3, 2])


def _both(write, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, list]:
    """What is written for one draw, of many: as PyTensor has it and at once; and the operators of the latter."""
    one = pt.tensor("one", shape=values.shape[1:])
    many = pt.tensor("many", shape=(None, *values.shape[1:]))
    (plain,) = vectorize_graph([write(one)], {one: many})
    (quick,) = at_once([plain])
    found = [in_python([many], [tensor])(values)[0] for tensor in (plain, quick)]
    return *found, [node.op for node in toposort([quick])]


def _draws(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape)


def test_vectors_are_joined_with_constants_in_all_draws_at_once():
    plain, quick, operators = _both(
        lambda one: pt.concatenate([np.zeros(1), one, np.array([7.0, 8.0])]), _draws(3, 4)
    )
    np.testing.assert_array_equal(quick, plain)
    assert quick.shape == (3, 7)
    assert not any(isinstance(op, Blockwise) for op in operators)


def test_a_single_draw_is_joined_too():
    _, quick, _ = _both(lambda one: pt.concatenate([np.zeros(1), one]), _draws(1, 4))
    np.testing.assert_array_equal(quick, np.hstack([np.zeros((1, 1)), _draws(1, 4)]))


def test_values_are_summed_over_groups_in_all_draws_at_once():
    values = _draws(3, 5)
    plain, quick, operators = _both(lambda one: pt.ones(6)[GROUP].inc(one), values)
    by_hand = 1.0 + np.array([[draw[k == GROUP].sum() for k in range(6)] for draw in values])
    np.testing.assert_allclose(quick, by_hand, rtol=1e-14)
    np.testing.assert_allclose(plain, by_hand, rtol=1e-14)
    assert not any(isinstance(op, Blockwise) for op in operators)


def test_values_that_are_set_stay_set():
    plain, quick, _ = _both(lambda one: pt.ones(6)[np.array([1, 4])].set(one), _draws(3, 2))
    np.testing.assert_array_equal(quick, plain)


def test_what_follows_from_a_sum_over_groups_follows_from_it_still():
    plain, quick, _ = _both(
        lambda one: pt.exp(pt.concatenate([pt.zeros(4)[GROUP].inc(one), np.zeros(1)]))[GROUP], _draws(3, 5)
    )
    np.testing.assert_allclose(quick, plain, rtol=1e-14)


def test_the_logistic_function_is_exact_at_both_ends():
    values = np.array([[-1000.0, -700.0, -30.0, -1.0, 0.0, 1e-9, 2.0, 40.0, 1000.0]])
    _, quick, _ = _both(pt.sigmoid, values)
    np.testing.assert_allclose(quick, expit(values), rtol=4e-16)


def test_a_logistic_function_of_one_number_is_evaluated():
    """A quantity that no draw reaches has no dim of draws."""
    x = pt.scalar("x")
    (quick,) = at_once([pt.sigmoid(x)])
    np.testing.assert_allclose(in_python([x], [quick])(0.5)[0], expit(0.5), rtol=1e-15)
