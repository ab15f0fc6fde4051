"""Ranks of contributors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.pages.blocks import figures
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """Figures."""
    return figures(run, "ranks")


SECTION = Section(60, "Who contributed", blocks, stages=("figures",))
