"""Intercepts of groups that share rows, sampled on axes, have the prior that each would have for itself."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import stats

from models.likelihoods import Outcome, get
from models.likelihoods.hurdle_beta import HurdleBeta
from models.predictor.known import levels, tells
from models.predictor.overlapping import axes_of, information, listed, overlapping
from models.predictor.rowwise import Columns, Lookup, Rowwise

PLAIN = Mode(linker="py", optimizer=None)
#: Rows of groups 0 and 1 together, of 2 alone and with 3, and of none; 4 has no row.
MEMBER = np.array([[1, 1, 0, 0, 0]] * 4 + [[0, 0, 1, 0, 0]] * 2 + [[0, 0, 1, 1, 0]] + [[0, 0, 0, 0, 0]])
STATE = np.array([0, 0, 1, 1, 2, 3, 3, 4])


def told(tell: np.ndarray, sd: float):
    return information(tell, listed(MEMBER), 5, STATE, 5, sd)


def axes(sd: float = 1.0):
    return axes_of(told(np.ones(len(MEMBER)), sd).matrix)


def evaluated(tensor) -> np.ndarray:
    return pytensor.function([], tensor, mode=PLAIN)()


def test_each_row_has_its_groups_and_no_more():
    assert listed(MEMBER).tolist() == [[0, 1]] * 4 + [[2, 5]] * 2 + [[2, 3]] + [[5, 5]]
    assert listed(np.zeros((2, 3))).tolist() == [[3], [3]]


@pytest.mark.parametrize("sd", [0.0, 0.7, 40.0])
def test_rows_tell_what_is_left_of_them_once_effects_of_states_are_integrated_out(sd):
    tell = np.array([1.0, 0.2, 0.0, 3.0, 1.0, 0.5, 2.0, 1.0])
    rows = tell > 0
    unit = np.eye(5)[STATE[rows]]
    whole = np.linalg.inv(np.diag(1 / tell[rows]) + sd**2 * unit @ unit.T)
    found, member = told(tell, sd), MEMBER[rows]
    np.testing.assert_allclose(found.matrix.toarray(), member.T @ whole @ member, atol=1e-12)
    # The same of what they see of other terms, whatever kind these are.
    rng = np.random.default_rng(1)
    values, column, free = rng.normal(size=3), rng.normal(size=8), rng.normal(size=8)
    index = np.array([0, 1, 2, 0, 1, 2, 0, 1])
    given = Rowwise(
        Lookup(pt.constant(values), index),
        Lookup(pt.constant(values), index, column),
        Columns(pt.constant([2.0]), column[:, None]),
        lambda at: pt.constant(free)[at],
    )
    other = values[index] * (1 + column) + 2 * column + free
    np.testing.assert_allclose(
        evaluated(found.seen(given, [np.eye(5)])[0]), member.T @ whole @ other[rows], atol=1e-12
    )
    # Rows of weight zero see nothing.
    counted = np.array([1.0, 0, 1, 1, 0, 1, 1, 1])
    weighted = evaluated(found.seen(given, [np.eye(5)], pt.constant(counted))[0])
    np.testing.assert_allclose(weighted, member.T @ whole @ (counted * other)[rows], atol=1e-12)


def test_a_state_tells_no_more_than_its_difference_from_other_states_lets_it():
    found = told(np.full(8, 1e9), sd=2.0).matrix.toarray()
    # Two states of variance 4, and what they say of two groups they say of their sum.
    np.testing.assert_allclose(found[:2, :2], 2 / 4)
    # State 3 has a row of group 2 alone and one with group 3: of group 3 it tells as much as those differ.
    np.testing.assert_allclose(found[3, 3], 1e9 / 2, rtol=1e-6)
    assert not found[4].any()
    one = information(np.array([3.0]), np.array([[0]]), 1, np.array([0]), 1, sd=0.5).matrix.toarray()
    np.testing.assert_allclose(one, 3 / (1 + 3 * 0.25))


def model_of(spread: float, elsewhere: np.ndarray) -> pm.Model:
    with pm.Model(coords={"group": range(5)}) as model:
        overlapping("effect", "group", pt.constant(spread), axes(), 1.0, pt.constant(elsewhere))
    return model


def test_the_prior_is_that_of_independent_intercepts_to_the_volume_of_the_map():
    model = model_of(2.0, np.array([3.0, -1.0, 2.0, 0.5, 1.0]))
    drawn = pm.draw(model["effect"], 4000, random_seed=1, mode=PLAIN)
    np.testing.assert_allclose(np.cov(drawn.T), 4 * np.eye(5), atol=0.4)
    raw = model.rvs_to_values[model["effect_raw"]]
    density = model.compile_fn(model.logp(jacobian=False), inputs=[raw], mode=PLAIN)
    effect = pm.pytensorf.compile([model["effect_raw"]], model["effect"], mode=PLAIN)
    rng = np.random.default_rng(3)
    for _ in range(3):
        at = rng.normal(size=5)
        value = effect(at)
        # The map is affine given the spread: its volume is that of unit steps.
        volume = np.linalg.slogdet(np.array([effect(at + step) - value for step in np.eye(5)]))[1]
        want = stats.norm(0, 2.0).logpdf(value).sum() + volume
        np.testing.assert_allclose(density({raw.name: at}), want)


def test_a_sum_that_data_know_is_a_level_and_a_difference_of_which_they_are_silent_a_multiple_of_the_spread():
    raw, shift = np.array([0.3, -1.2, 0.4, 0.8, -0.5]), 2.0
    # Far more than a spread says is told of the sum of the first two groups.
    known = axes_of(told(np.full(len(MEMBER), 1e12), sd=0.0).matrix)

    def effect(spread: float, given: float) -> np.ndarray:
        found = told(np.full(len(MEMBER), 1e12), sd=0.0)
        common = Rowwise(Lookup(pt.constant([given]), np.zeros(len(MEMBER), int)))
        (seen,) = found.seen(common, [known.pull])
        with pm.Model(coords={"group": range(5)}) as model:
            overlapping("effect", "group", pt.constant(spread), known, 1.0, seen)
        return pm.pytensorf.compile([model["effect_raw"]], model["effect"], mode=PLAIN)(raw)

    one, other, moved = effect(1.0, 2.0), effect(3.0, 2.0), effect(1.0, 2.0 + shift)
    # The sum stays with the spread, and makes up for what the other terms give; the difference does neither.
    np.testing.assert_allclose(one[:2].sum(), other[:2].sum(), rtol=1e-6)
    np.testing.assert_allclose(3 * (one[0] - one[1]), other[0] - other[1], rtol=1e-6)
    np.testing.assert_allclose(moved[:2].sum() - one[:2].sum(), -shift, rtol=1e-6)
    np.testing.assert_allclose(moved[0] - moved[1], one[0] - one[1], rtol=1e-6)
    np.testing.assert_allclose([3 * one[4], moved[4]], [other[4], one[4]])


@pytest.mark.parametrize(
    ("part", "likelihood", "want"),
    [
        ("size", "hurdle_beta", [1, 0, 0, 1, 0]),
        # Nobody of the second group takes part: its rows say that the odds are low, not how low. And one row alone
        # says little of its cell.
        ("participation", "hurdle_beta", [0.25, 0.25, 0, 0.1875, 0]),
        ("mean", "gaussian", [1, 1, 1, 1, 1]),
    ],
)
def test_a_row_tells_of_its_level_what_its_outcome_lets_it(part, likelihood, want):
    share = np.array([0.1, 0.0, 0.0, 0.2, 0.0])
    of_row = listed(np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]]))
    cell = np.array([7, 7, 2, 3, 2])
    np.testing.assert_allclose(tells(part, get(likelihood), share, of_row, 3, cell), want)


@pytest.mark.parametrize(
    ("part", "likelihood", "want"),
    [
        # Half a contingent of the operation's mean size is added, of 0.4 in the first; nobody goes to the second.
        ("size", "hurdle_beta", np.log([0.6 / 2.5, 0.6 / 2.5, 0.6 / 2.5, 1.0 / 1.5, np.exp(-5.5)])),
        ("size", "hurdle_negbinomial", np.log([60 / 2.5, 60 / 2.5, 60 / 2.5, 100 / 1.5, np.exp(5.0)])),
        ("participation", "hurdle_beta", np.log([2.5 / 1.5, 2.5 / 1.5, 2.5 / 1.5, 1.5 / 0.5, 0.5 / 1.5])),
        # Who sends nobody may have been ready to: rows do not say how many were.
        ("participation", "zero_inflated_poisson", np.full(5, -2.0)),
        ("share", "ordered_beta", np.full(5, -5.5)),
    ],
)
def test_a_level_is_about_what_the_rows_of_its_cell_sent(part, likelihood, want):
    share = np.array([0.1, 0.0, 0.3, 0.8, 0.0])
    outcome = Outcome(troops=100 * share, armed_forces=np.full(5, 100.0), share=share)
    operation, cell = np.array([0, 0, 0, 0, 1]), np.array([7, 7, 7, 3, 2])
    np.testing.assert_allclose(levels(part, get(likelihood), outcome, operation, cell), want)


def test_of_a_likelihood_on_another_scale_the_level_is_the_centre_of_the_prior():
    class Percent(HurdleBeta):
        unit = 0.01

    one = Percent(intercept={"size": (0.02, 0.1)})
    share = np.array([0.1, 0.3])
    outcome, place = Outcome(troops=share, armed_forces=np.ones(2), share=share), np.zeros(2, int)
    assert levels("size", one, outcome, place, place).tolist() == [0.02, 0.02]


def test_what_groups_have_in_common_is_told_through_all_of_them():
    # Groups 0 and 1 share all rows, and have one owner: of its intercept rows tell twice, through 0 + 1.
    found, through = axes().through(np.array([0, 0, 1, 1, 1]), 2, sd=2.0)
    rows = told(np.ones(8), 1.0).matrix.toarray()
    departures = np.linalg.inv(np.linalg.pinv(rows[:4, :4]) + 4.0 * np.eye(4))
    # Where nothing is told the pseudo-inverse would tell something: that direction is left out.
    silent = np.array([1, -1, 0, 0]) / np.sqrt(2)
    departures -= np.outer(silent, silent) * (silent @ departures @ silent)
    belongs = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    np.testing.assert_allclose(found.toarray(), belongs.T @ departures @ belongs, atol=1e-12)
    # What an owner sees of a common term is what is told of it, through all groups.
    np.testing.assert_allclose(through[:, :4] @ rows[:4, :4] @ belongs, found.toarray(), atol=1e-12)
