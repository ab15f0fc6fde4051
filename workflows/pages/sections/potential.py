"""Who has how much potential, and what is predicted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.pages.blocks import figures
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """Figures."""
    return figures(run, "potential")


SECTION = Section(50, "Unrealized potential", blocks, stages=("figures",))
