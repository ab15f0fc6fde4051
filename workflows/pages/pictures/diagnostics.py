"""Convergence of every parameter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from figures import diagnostics
from workflows.judge.gate import ESS, R_HAT
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure."""
    table = run.gate.parameters
    yield Picture(
        "diagnostics",
        "Convergence of every parameter",
        partial(diagnostics.diagnostics, table, r_hat=R_HAT, ess=ESS),
        diagnostics.caption(table, r_hat=R_HAT, ess=ESS),
        table,
        diagnostics.ALT,
    )


DRAWN = Drawn(80, "gate", pictures)
