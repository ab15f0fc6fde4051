"""A formula as a picture: TeX in, SVG out, without a TeX installation or a script on the page."""

from __future__ import annotations

import io

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

_SETTINGS = {"mathtext.fontset": "stix", "font.family": "serif", "svg.fonttype": "path"}


def formula(tex: str, size: float = 13) -> str:
    """Return one line of mathematics as an SVG document with its text as outlines.

    Parameters
    ----------
    tex : str
        The formula, without dollar signs, in the part of TeX that Matplotlib sets.
    size : float
        Font size in points.

    Raises
    ------
    ValueError
        If Matplotlib cannot set the formula; the message shows where.
    """
    font = FontProperties(family="serif", size=size)
    with matplotlib.style.context(["default", {**_SETTINGS, "svg.hashsalt": tex}]):
        width, height, depth, *_ = MathTextParser("path").parse(f"${tex}$", dpi=72, prop=font)
        figure = Figure(figsize=((width + 2) / 72, (height + 2) / 72))
        figure.text(1 / (width + 2), (depth + 1) / (height + 2), f"${tex}$", fontproperties=font)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue()
