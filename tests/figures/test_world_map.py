import numpy as np
import pandas as pd
import pytest

from data.facts.boundaries import OTHER_LAND, boundaries
from figures.world_map import caption, equal_earth, world_map

OUTLINES = boundaries()
CAPITALS = pd.DataFrame({"ccode": [692, 200], "lat": [26.2, 51.5], "lon": [50.6, -0.1]})


def _table(codes=(200, 220, 255)):
    median = np.linspace(-0.4, 0.6, len(codes))
    return pd.DataFrame({"ccode": codes, "median": median, "lower": median - 0.3, "upper": median + 0.3})


def test_the_projection_keeps_areas_and_its_published_extent():
    corners = equal_earth(np.array([[180, 0], [0, 90]]))
    assert corners[0, 0] == pytest.approx(2.7066, abs=1e-3)
    assert corners[1, 1] == pytest.approx(1.3173, abs=1e-3)
    # A square degree at latitude 60 covers half of one at the equator.

    def area(latitude):
        a, b, c, _ = equal_earth(np.array([[0, latitude], [0.1, latitude], [0, latitude + 0.1], [0, 0]]))
        return (b - a)[0] * (c - a)[1]

    assert area(60) / area(0) == pytest.approx(0.5, rel=5e-3)


def test_outlines_are_on_the_globe_and_keyed_by_known_states():
    points = np.concatenate([ring for rings in OUTLINES.values() for ring in rings])
    assert (np.abs(points) <= [180, 90]).all()
    assert {2, 200, 220, 255, 347, 700, OTHER_LAND} <= set(OUTLINES)
    assert len(OUTLINES) > 160


def test_small_states_are_dots_and_the_rest_is_counted(strangers):
    table = _table((200, 220, 692, 999))
    text = caption(table, OUTLINES, capitals=CAPITALS)
    assert "1 state too small for an outline" in text
    assert "Not shown: 1 state without outline" in text
    assert "holds zero for 2 states" in text
    values = [*table[["median", "lower", "upper"]].to_numpy().ravel(), 4, 1, 2]
    assert strangers(text, values) == []


def test_a_state_in_two_rows_is_refused():
    with pytest.raises(ValueError, match="state 200 has several rows"):
        world_map(_table((200, 200)), OUTLINES)


def test_the_map_draws_every_outline_and_nothing_overlaps(overlapping):
    figure = world_map(_table(), OUTLINES, capitals=CAPITALS, leader=2)
    assert len(figure.axes[0].patches) >= len(OUTLINES)
    assert overlapping(figure) == []
    assert overlapping(world_map(_table((200,)), OUTLINES)) == []
