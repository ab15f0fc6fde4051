"""Figures of a run, one file each: the table made from panel and draws, and the figure drawn from it.

A file holds ``DRAWN``, a `Drawn` that says where it stands and which section of the page shows it. Files are found in
the folder; a name that begins with an underscore is none. They read what the stages named in
`workflows.run.stages.figures` hold, and what these stand on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from data.common.found import part, parts
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run

__all__ = ["Drawn", "Picture", "pictures"]


def pictures(run: Run) -> Iterator[tuple[str, Picture]]:
    """Yield the figures of a run, each with the section that shows it."""
    found: list[Drawn] = [part(__name__, __path__, name, "DRAWN") for name in parts(__path__)]
    for drawn in sorted(found, key=lambda one: one.place):
        for picture in drawn.pictures(run):
            yield drawn.section, picture
