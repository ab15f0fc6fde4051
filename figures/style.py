"""The one style of all figures: colours, markers, fonts, and how a figure becomes bytes.

Colours are chosen so that their lightness differs: they stay apart in grey and for
the common forms of colour blindness (``tests/figures/test_style.py`` measures both). As a
second guard every series also differs in marker, line style or position.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar

import matplotlib.style
import pandas as pd
from cycler import cycler
from matplotlib.figure import Figure

INK = "#1C1F24"
MUTED = "#6A7079"
GRID = "#E4E6EA"
PALE = "#C9CED6"

DARK = "#0B3C6F"
WARM = "#D4691A"
LIGHT = "#7FB2DE"
GOLD = "#E9C24B"

#: How strongly the row of what is flagged is tinted, in figures as in their legends: seen in the sun, and behind text.
BAND = 0.22

#: Categorical colours, darkest first; take them in order, with the marker and line of the same place.
PALETTE = (DARK, WARM, LIGHT, GOLD)
MARKERS = ("o", "s", "^", "D")
LINES = ("-", "--", "-.", ":")

#: Width of a full-width figure, and of its form for a telephone held upright (390 pixels less margins), inches.
WIDTH, NARROW = 7.6, 3.7
_NARROW: ContextVar[bool] = ContextVar("narrow", default=False)

STYLE: dict[str, object] = {
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    # Names of states and files are data: a dollar sign in one must not start a formula.
    "text.parse_math": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.solid_capstyle": "butt",
    "hatch.linewidth": 0.6,
    # For figures that arviz-plots draws: it takes colours from here, one a chain.
    "axes.prop_cycle": cycler(color=[*PALETTE, MUTED, INK]),
    "savefig.dpi": 200,
    "svg.fonttype": "path",
    "svg.hashsalt": "coalition-workbench",
}


def styled[**P, R](draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under this style alone, whatever the user's own settings are."""

    @functools.wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*args, **kwargs)

    return wrapped


@contextlib.contextmanager
def narrow() -> Iterator[None]:
    """Draw figures within in the form for a telephone: panels under one another, letters as large as elsewhere."""
    token = _NARROW.set(True)
    try:
        yield
    finally:
        _NARROW.reset(token)


def is_narrow() -> bool:
    """Whether figures are drawn in the form for a telephone."""
    return _NARROW.get()


def width(wide: float = WIDTH) -> float:
    """Return the width of a figure in the form that is drawn, inches."""
    return NARROW if is_narrow() else wide


def fitted(text: str, letters: int = 46) -> str:
    """Return a label, broken into lines of so many letters where the figure is narrow."""
    if not is_narrow():
        return text
    return "\n".join(textwrap.fill(line, letters, break_long_words=False) for line in text.splitlines())


def forms(draw: Callable[[], Figure]) -> dict[str, bytes]:
    """Return a figure as the files that a page and a paper need, by the end of their names.

    Parameters
    ----------
    draw : callable
        Draws the figure anew; called once for each form.

    Returns
    -------
    dict
        ``.svg`` and ``.png``, full width, and ``.narrow.svg``.
    """
    wide = draw()
    out = {".svg": to_svg(wide).encode()}
    # It is laid out now.
    wide.set_layout_engine("none")
    out[".png"] = to_png(wide)
    with narrow():
        return {**out, ".narrow.svg": to_svg(draw()).encode()}


@styled
def to_png(figure: Figure, dpi: float = 200) -> bytes:
    """Return the figure as PNG bytes; ``dpi`` is in dots per inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", pad_inches=0.08)
    return buffer.getvalue()


@styled
def to_svg(figure: Figure) -> str:
    """Return the figure as an SVG document, the same bytes for the same figure (no date is written)."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", pad_inches=0.08, metadata={"Date": None})
    return buffer.getvalue()


def data_uri(content: bytes | str) -> str:
    """Return PNG bytes or an SVG document as a ``data:`` address for an HTML page."""
    kind = "png" if isinstance(content, bytes) else "svg+xml"
    raw = content if isinstance(content, bytes) else content.encode()
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"


def require(table: pd.DataFrame, columns: Iterable[str], figure: str) -> None:
    """Raise ``ValueError`` naming the columns that the table lacks for ``figure``, or where it is empty."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(
            f"{figure}: the table lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}"
        )
    if table.empty:
        raise ValueError(f"{figure}: the table has no rows, there is nothing to draw")
