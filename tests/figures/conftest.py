"""What every figure is held to: no overlapping words, and captions whose numbers are the data's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from tests.figures.numbers import numbers_in


def _labels_of_ticks_outside(figure: Figure) -> set[int]:
    """Matplotlib keeps labels of ticks beyond the axis limits without drawing them."""
    out = set()
    for axes in figure.findobj(Axes):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low - slack <= tick.get_loc() <= high + slack:
                    out |= {id(tick.label1), id(tick.label2)}
    return out


@pytest.fixture(scope="session")
def overlapping() -> Callable[[Figure], list[tuple[str, str]]]:
    """Pairs of texts of a drawn figure whose boxes overlap by more than a pixel."""

    def check(figure: Figure) -> list[tuple[str, str]]:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        boxes, unseen = [], _labels_of_ticks_outside(figure)
        for text in figure.findobj(Text):
            words = text.get_text().strip()
            hidden = (
                id(text) in unseen
                or not text.get_visible()
                or (text.axes is not None and not text.axes.get_visible())
            )
            if words and not hidden and text.get_figure() is not None:
                boxes.append((words, text.get_window_extent(renderer)))
        pairs = []
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            if wide > 1 and high > 1:
                pairs.append((one, other))
        return pairs

    return check


@pytest.fixture(scope="session")
def strangers() -> Callable[..., list[float]]:
    """Numbers of a caption that round to no value of the data; ``names`` are taken out of the text first."""

    def check(caption: str, values: Iterable, names: Iterable[str] = (), levels=(95,)) -> list[float]:
        for name in sorted(set(names), key=len, reverse=True):
            caption = caption.replace(name, "")
        known = np.array([float(v) for v in [*values, *levels]])
        return [
            token
            for token, decimals in numbers_in(caption)
            if not (np.abs(known - token) <= 0.5000001 * 10.0**-decimals).any()
        ]

    return check


@pytest.fixture(scope="session")
def contributors(shared_data) -> pd.DataFrame:
    """Contributors to Afghanistan in the published merged file: state, troops, share, potential."""
    table = pd.read_csv(shared_data / "gannon_kent_replication" / "iiss_afghan_complete.csv")
    table = table[~table["ccode"].isin([2, 700])].replace([np.inf, -np.inf], np.nan)
    states = table.groupby("country").agg(
        troops=("troops_afghan_final", "sum"),
        share=("troops_afghan_final_ratio", "mean"),
        median=("pot_gain", "median"),
        lower=("pot_gain", "min"),
        upper=("pot_gain", "max"),
    )
    return states[states["troops"] > 0].reset_index(names="state")
