"""The diagnostics gate and the quantities that came closest to failing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.estimands.separate_check import with_separate
from workflows.pages.blocks import figures, table, text
from workflows.pages.sections._section import Section
from workflows.sampling.restart import told

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """The diagnostics gate and the quantities that came closest to failing it."""
    names = ("check", "found", "limit", "passed", "advice")
    worst = run.gate.parameters.sort_values("ess_bulk").head(15)
    again = told(run.tries)
    return [
        *([text(again)] if again else []),
        table("The gate", with_separate(run.gate.checks, run.separate), names, "gate/checks.csv"),
        *figures(run, "gate"),
        table(
            "The fifteen quantities with the smallest bulk effective sample size",
            worst,
            ("quantity", "r_hat", "ess_bulk", "ess_tail", "passed"),
            "gate/parameters.csv",
        ),
        text(
            "Not checked, being functions of what was: "
            + (", ".join(run.gate.left_out) if run.gate.left_out else "nothing")
            + "."
        ),
    ]


def failed(run: Run) -> bool:
    """Whether it did not pass: then it is unfolded."""
    return not run.stage("gate").about["passed"]


SECTION = Section(120, "Diagnostics", blocks, stages=("gate", "figures"), open=failed)
