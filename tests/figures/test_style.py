import itertools
import struct

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures.style import LINES, MARKERS, PALETTE, data_uri, require, styled, to_png, to_svg

# Machado, Oliveira & Fernandes (2009), severity 1.
BLINDNESS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def _linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _lab(linear):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(np.clip(xyz / np.array([0.9505, 1.0, 1.089]), 1e-6, None))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_colours_stay_apart_in_grey():
    lightness = [_lab(_linear(colour))[0] for colour in PALETTE]
    assert min(abs(a - b) for a, b in itertools.combinations(lightness, 2)) >= 9


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_stay_apart_for_colour_blind_readers(kind):
    seen = [_lab(np.clip(np.array(BLINDNESS[kind]) @ _linear(colour), 0, 1)) for colour in PALETTE]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 15


def test_every_colour_has_its_own_marker_and_line():
    assert len(set(MARKERS)) == len(set(LINES)) == len(set(PALETTE)) == 4


def test_the_users_own_settings_neither_leak_in_nor_out():
    with matplotlib.rc_context({"font.size": 31, "axes.spines.top": True}):
        inside = styled(lambda: (matplotlib.rcParams["font.size"], matplotlib.rcParams["axes.spines.top"]))()
        assert matplotlib.rcParams["font.size"] == 31
    assert inside == (9, False)


def test_png_and_svg_are_what_they_say():
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "x")
    png = to_png(figure, dpi=100)
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24])[0] < 220
    svg = to_svg(figure)
    assert "<svg" in svg
    assert "<dc:date>" not in svg
    assert data_uri(png).startswith("data:image/png;base64,")
    assert data_uri(svg).startswith("data:image/svg+xml;base64,")


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="lacks troops"):
        require(pd.DataFrame({"state": ["x"]}), ["state", "troops"], "rank_change")
    with pytest.raises(ValueError, match="nothing to draw"):
        require(pd.DataFrame({"state": []}), ["state"], "rank_change")
