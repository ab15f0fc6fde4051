import numpy as np
import pandas as pd
import pytest

from figures.bridge import bridge, caption
from workflows.series.bridge.climb import climb

COLUMNS = ["id", "label", "parent", "headline", "lower", "upper", "interval", "rows", "states"]


def _table():
    return pd.DataFrame(
        [
            ("joint", "Joint posterior", "all", 61, -45, 172, "eti_95", 1590, 158),
            ("published", "Published", np.nan, 196, 118, 313, "ci_95", 807, 70),
            ("gdp", "GDP joined by code", "published", 151, 40, 262, "ci_95", 1640, 158),
            ("all", "All corrections", "published", 40, -90, 170, "ci_95", 1590, 158),
        ],
        columns=COLUMNS,
    )


def test_parents_come_before_children_and_moves_are_from_the_parent():
    rungs = climb(_table())
    assert rungs["id"].tolist() == ["published", "gdp", "all", "joint"]
    assert rungs["level"].tolist() == [0, 1, 1, 2]
    assert np.isnan(rungs["moved"].iloc[0])
    assert rungs["moved"].iloc[1:].tolist() == [-45, -156, 21]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parent": "nobody"}, "names the parent 'nobody'"),
        ({"parent": "joint"}, "each other's ancestors"),
        ({"id": "all"}, "'all' is repeated"),
    ],
)
def test_a_tree_that_is_none_is_refused(change, message):
    table = _table()
    for column, value in change.items():
        table.loc[0, column] = value
    with pytest.raises(ValueError, match=message):
        climb(table)


def test_caption_numbers_are_the_datas(strangers):
    table = _table().iloc[[1, 2, 3, 0]]
    values = [
        *table[["headline", "lower", "upper"]].to_numpy().ravel(),
        4,
        *np.abs(climb(table)["moved"].dropna()),
    ]
    text = caption(climb(table))
    assert strangers(text, values) == []
    assert "The largest step, All corrections, lowers H by 156." in text
    assert "last: Joint posterior 61" in text


def test_a_single_rung_and_a_deep_tree_are_both_readable(overlapping):
    one = _table().iloc[[1]]
    assert overlapping(bridge(climb(one))) == []
    assert "largest step" not in caption(climb(one))
    deep = pd.concat([one] + [_table().iloc[[3]].assign(id=str(k), parent=str(k - 1)) for k in range(1, 16)])
    deep.iloc[0, 0] = "0"
    assert overlapping(bridge(climb(deep))) == []


def test_numbers_have_the_digits_that_their_interval_deserves():
    table = _table().astype({"headline": float, "upper": float})
    table.loc[0, ["headline", "upper"]] = (0.857, 127.3)
    written = {text.get_text() for ax in bridge(climb(table)).axes for text in ax.texts}
    assert {"1  [−45, 127]", "−39"} <= written
    assert "Joint posterior 1 (−45 to 127)" in caption(climb(table))
