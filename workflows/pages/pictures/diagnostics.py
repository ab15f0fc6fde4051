"""Convergence of every parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from figures import diagnostics
from workflows.judge.gate import ESS, R_HAT
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure."""
    title = "Convergence of every parameter"
    yield Picture.of(diagnostics, title, run.gate.parameters, r_hat=R_HAT, ess=ESS)


DRAWN = Drawn(80, "gate", pictures)
