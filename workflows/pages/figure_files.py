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


def figure_block(folder: Path, name: str, caption: str, alt: str) -> dict[str, Any]:
    """Return a figure of a stage as a block of the page, in both widths."""
    wide, narrow = ((folder / f"{name}{end}").read_text(encoding="utf-8") for end in (".svg", ".narrow.svg"))
    return {"kind": "figure", "svg": wide, "narrow": narrow, "caption": caption, "alt": alt, "name": name}
