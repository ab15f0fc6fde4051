"""Loadings, scores and their course over the years."""

import numpy as np
import pandas as pd
import pytest

from figures import depth_loadings, depth_scores, over_time


def _loadings():
    median = np.array([0.9, 0.62, 0.1])
    table = pd.DataFrame({"provision": ["bases", "economic_aid", "secrecy"], "median": median})
    return table.assign(lower=median - 0.2, upper=median + 0.15, informative=[True, True, False])


def test_a_constant_provision_is_said_to_carry_no_information(strangers):
    table = _loadings()
    text = depth_loadings.caption(table)
    assert "without information: secrecy" in text
    assert strangers(text, [3, 2, *table[["median", "lower", "upper"]].to_numpy().ravel()]) == []
    labels = [t.get_text() for t in depth_loadings.depth_loadings(table).axes[0].get_yticklabels()]
    assert labels == ["bases", "economic aid", "secrecy (constant)"]


def _scores(treaties):
    median = np.sort(np.random.default_rng(0).normal(size=treaties))[::-1]
    names = [f"T{k:03d}" for k in range(treaties)]
    return pd.DataFrame({"treaty": names, "median": median, "lower": median - 0.3, "upper": median + 0.3})


@pytest.mark.parametrize(
    ("treaties", "named"), [(1, []), (15, ["T003"]), (500, ["T000", "T001", "T250", "T497", "T498", "T499"])]
)
def test_named_treaties_are_labelled_and_kept_apart(treaties, named, overlapping, strangers):
    table = _scores(treaties)
    figure = depth_scores.depth_scores(table, named=named)
    assert overlapping(figure) == []
    text = depth_scores.caption(table, named=named)
    values = [treaties, *table[["median", "lower", "upper"]].to_numpy().ravel()]
    assert strangers(text, values, table["treaty"]) == []
    assert all(name in text for name in named)


def test_ties_in_depth_are_counted():
    assert "3 treaties, 2 distinct values" in depth_scores.caption(_scores(3).assign(median=[1.0, 1.0, 0.0]))


def test_a_name_that_no_treaty_bears_is_refused():
    with pytest.raises(ValueError, match="no treaty is called 'NATO'"):
        depth_scores.depth_scores(_scores(3), named=["NATO"])


def _years(states=2):
    random = np.random.default_rng(1)
    frames = []
    for k in range(states):
        median = random.normal(size=10)
        frame = pd.DataFrame({"state": f"State {k}", "year": np.arange(2003, 2013), "median": median})
        frames.append(frame.assign(lower=median - 0.5, upper=median + 0.5))
    return pd.concat(frames, ignore_index=True)


def test_a_year_without_a_value_breaks_the_line():
    table = _years(1)
    figure = over_time.potential_over_time(table[table["year"] != 2007])
    drawn = [line.get_ydata() for line in figure.axes[0].lines if len(line.get_ydata()) == 10]
    assert np.isnan(drawn[0][4])


def test_a_state_twice_in_a_year_is_refused():
    table = _years(1)
    with pytest.raises(ValueError, match="several rows in 2003"):
        over_time.depth_over_time(pd.concat([table, table.head(1)]))


@pytest.mark.parametrize("states", [1, 2, 5, 12])
def test_course_of_many_states_is_readable(states, overlapping, strangers):
    table = _years(states).assign(treaty=np.where(np.arange(10 * states) % 10 < 4, None, "NATO"))
    assert overlapping(over_time.depth_over_time(table)) == []
    values = [states, *table["year"], *table[["median", "lower", "upper"]].to_numpy().ravel()]
    assert strangers(over_time.caption(table, "Depth"), values, table["state"]) == []
