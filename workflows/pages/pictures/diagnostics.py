"""Convergence of every parameter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from figures import diagnostics
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure."""
    table = run.gate.parameters
    yield Picture(
        "diagnostics",
        "Convergence of every parameter",
        partial(diagnostics.diagnostics, table),
        diagnostics.caption(table),
        table,
        diagnostics.ALT,
    )


DRAWN = Drawn(80, "gate", pictures)
