"""Figures on disk and on a page: each as PNG, as SVG, and as SVG for a telephone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_forms(folder: Path, name: str, draw: Callable[[], Figure]) -> None:
    """Write NAME.png, NAME.svg and NAME.narrow.svg."""
    # Matplotlib takes a second to load, which a run that finds its figures need not wait for.
    from figures.style import forms

    for end, content in forms(draw).items():
        (folder / f"{name}{end}").write_bytes(content)


def figure(name: str, caption: str, alt: str, **image: str | bytes) -> dict[str, Any]:
    """Return a figure as a block of the page: ``png``, or ``svg`` and, for a telephone, ``narrow``."""
    return {"kind": "figure", **image, "caption": caption, "alt": alt, "name": name}


def figure_block(folder: Path, name: str, caption: str, alt: str) -> dict[str, Any]:
    """Return a figure of a stage as a block of the page, in both widths."""
    wide, narrow = ((folder / f"{name}{end}").read_text(encoding="utf-8") for end in (".svg", ".narrow.svg"))
    return figure(name, caption, alt, svg=wide, narrow=narrow)


def drawn_block(draw: Callable[[], Figure], name: str, caption: str, alt: str) -> dict[str, Any]:
    """Draw a figure for the page alone; return its block, in both widths."""
    from figures.style import forms

    made = forms(draw)
    return figure(name, caption, alt, svg=made[".svg"].decode(), narrow=made[".narrow.svg"].decode())
