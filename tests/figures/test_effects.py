import numpy as np
import pandas as pd
import pytest

from figures.effects import caption, effects, spread_overlap

RANDOM = np.random.default_rng(0)
PRIOR = np.abs(RANDOM.normal(0, 1, 4000))


def _table():
    rows = [
        ("Mean", 0.2, -0.4, 0.8, True),
        ("Afghanistan", 0.31, -0.1, 0.7, False),
        ("Iraq", 0.5, 0.05, 0.9, False),
    ]
    return pd.DataFrame(rows, columns=["label", "median", "lower", "upper", "pooled"])


def test_overlap_is_one_for_the_same_spread_and_near_zero_for_a_far_one():
    assert spread_overlap(PRIOR, np.abs(RANDOM.normal(0, 1, 4000))) > 0.95
    assert spread_overlap(PRIOR, RANDOM.normal(9, 0.1, 4000)) < 0.02


def test_overlap_agrees_with_the_exact_value():
    # Half-normals of scale 1 and 2: the densities cross at x = sqrt(8 ln 2 / 3).
    from scipy.stats import halfnorm

    cross = np.sqrt(8 * np.log(2) / 3)
    exact = halfnorm.cdf(cross, scale=2) + 1 - halfnorm.cdf(cross)
    draws = np.abs(RANDOM.normal(0, 1, 20000)), np.abs(RANDOM.normal(0, 2, 20000))
    assert spread_overlap(*draws) == pytest.approx(exact, abs=0.03)


def test_a_negative_spread_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        spread_overlap(PRIOR, -PRIOR)


def test_caption_numbers_are_the_datas(strangers):
    table, posterior = _table(), np.abs(RANDOM.normal(0, 0.4, 4000))
    values = [*table[["median", "lower", "upper"]].to_numpy().ravel(), 2, spread_overlap(PRIOR, posterior)]
    assert strangers(caption(table, prior=PRIOR, posterior=posterior), values) == []


def test_the_pooled_effect_stands_last_and_apart(overlapping):
    figure = effects(_table())
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["Afghanistan", "Iraq", "Mean"]
    assert overlapping(figure) == []
