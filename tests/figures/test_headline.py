import numpy as np
import pandas as pd
import pytest

from figures.headline import caption, headline_comparison


def _table(wide=False, extras=True):
    names = ["Baseline", "Political Controls", "All Controls", "Fixed Effects"]
    rows = [(n, g, 80 + 60 * k, 30 + 60 * k, 130 + 60 * k, "ci_95", 2210 - 400 * k, 163 - 30 * k)
            for g in ("published", "replicated") for k, n in enumerate(names)]  # fmt: skip
    rows += [("All Controls, depth orientation", "correction", -160, -280, -40, "ci_95", 807, 70)]
    rows += [("Joint hierarchical, Iraq 2003", "posterior", 88, -400 if wide else 20, 2900 if wide else 170,
              "eti_95", 600, 150)]  # fmt: skip
    columns = ["label", "group", "headline", "lower", "upper", "interval", "rows", "states"]
    table = pd.DataFrame(rows, columns=columns)
    if extras:
        table["step"], table["similarity_held"] = [0.35] * 9 + [0.31], [False] * 9 + [True]
    return table


def _values(table):
    known = table.dropna(subset=["lower", "upper"])
    away = ((known["lower"] > 0) | (known["upper"] < 0)).sum()
    return [
        *table[["headline", "lower", "upper"]].to_numpy().ravel(),
        *table.get("step", []),
        len(table),
        away,
        4,
    ]


@pytest.mark.parametrize("wide", [False, True])
def test_caption_numbers_are_the_datas(wide, strangers):
    table = _table(wide)
    assert strangers(caption(table), _values(table), table["label"]) == []


def test_caption_gives_the_posterior_in_full():
    assert (
        "Posterior (95 % equal-tailed interval in brackets): Joint hierarchical, Iraq 2003 88 (20 to 170)"
        in caption(_table())
    )


def test_every_interval_kind_and_every_number_stands_in_the_figure():
    table = _table(wide=True)
    figure = headline_comparison(table)
    words = " ".join(t.get_text() for ax in figure.axes for t in [*ax.texts, *ax.get_yticklabels()])
    assert words.count("95 % confidence interval") == 3
    assert words.count("95 % equal-tailed interval") == 1
    assert "88 (−400 to 2,900)" in words
    assert all(label in words for label in table["label"])


def test_one_wide_interval_does_not_flatten_the_others():
    figure = headline_comparison(_table(wide=True))
    assert figure.axes[0].get_xlim()[1] < 600
    assert "arrowhead" in caption(_table(wide=True))
    assert "arrowhead" not in caption(_table())


@pytest.mark.parametrize("extras", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_nothing_overlaps(wide, extras, overlapping):
    assert overlapping(headline_comparison(_table(wide, extras))) == []


def test_an_estimate_without_interval_is_drawn_bare():
    table = _table().assign(lower=np.nan, upper=np.nan)
    assert "intervals" not in caption(table)
    assert headline_comparison(table) is not None
