import numpy as np
import pandas as pd
import pytest

from figures.predicted_troops import caption, predicted_troops

LABELS = [
    "All Controls",
    "All five corrections together",
    "Joint hierarchical posterior, Afghanistan",
    "Fourth",
]


def _curves(models=3):
    change = np.linspace(-0.35, 0.35, 15)
    frames = []
    for k, label in enumerate(LABELS[:models]):
        troops = 280 + (500 - 170 * k) * change
        width = 60 + 200 * np.abs(change)
        frame = pd.DataFrame({"label": label, "change": change, "troops": troops})
        frames.append(
            frame.assign(lower=troops - width, upper=troops + width, interval=["ci_95", "eti_95"][k > 1])
        )
    return pd.concat(frames, ignore_index=True)


def test_caption_numbers_are_the_datas(strangers):
    curves = _curves()
    values = [*curves[["change", "troops", "lower", "upper"]].to_numpy().ravel(), 111_976]
    assert strangers(caption(curves, armed_forces=111_976), values, LABELS) == []


def test_each_models_interval_is_named():
    text = caption(_curves())
    assert text.count("95 % confidence interval") == 2
    assert text.count("95 % equal-tailed interval") == 1


def test_a_curve_of_two_interval_kinds_is_refused():
    curves = _curves(1)
    curves.loc[0, "interval"] = "eti_95"
    with pytest.raises(ValueError, match="mixes intervals"):
        caption(curves)


@pytest.mark.parametrize("models", [1, 2, 3, 4])
def test_nothing_overlaps(models, overlapping):
    assert overlapping(predicted_troops(_curves(models), armed_forces=111_976)) == []


def test_the_line_drawn_is_the_table():
    curves = _curves(1)
    figure = predicted_troops(curves)
    lines = [line.get_ydata() for line in figure.axes[0].lines]
    assert any(np.array_equal(line, curves["troops"]) for line in lines if len(line) == len(curves))
