"""Figures, with captions and the tables behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "drawing figures"


def inputs(run: Run) -> dict[str, Any]:
    """Comparison, predictive check, prior, the gate and depth alone and jointly beside it."""
    return {name: run.stage(name).key for name in ("comparison", "predictive", "prior", "gate")}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write each figure and its table."""
    from workflows.pages.pictures import pictures

    names = []
    for section, picture in pictures(run):
        picture.save(folder)
        names.append({"section": section, **picture.words})
    return {"figures": names}
