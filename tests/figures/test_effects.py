import numpy as np
import pandas as pd
import pytest

from figures.effects import caption, effects

RANDOM = np.random.default_rng(0)
PRIOR = np.abs(RANDOM.normal(0, 1, 4000))


def _table():
    rows = [
        ("Mean", 0.2, -0.4, 0.8, True),
        ("Afghanistan", 0.31, -0.1, 0.7, False),
        ("Iraq", 0.5, 0.05, 0.9, False),
    ]
    return pd.DataFrame(rows, columns=["label", "median", "lower", "upper", "pooled"])


def test_a_negative_spread_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        effects(_table(), prior=PRIOR, posterior=-PRIOR)


def test_caption_numbers_are_the_datas(strangers):
    table = _table()
    values = [*table[["median", "lower", "upper"]].to_numpy().ravel(), 2, 0.57]
    text = caption(table, overlap=0.57, verdict="partly the prior")
    assert strangers(text, values) == []
    assert text.endswith("overlap by 0.57: what is known of it is partly the prior.")
    assert "prior" not in caption(table)


def test_the_pooled_effect_stands_last_and_apart(overlapping):
    figure = effects(_table())
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["Afghanistan", "Iraq", "Mean"]
    assert overlapping(figure) == []
