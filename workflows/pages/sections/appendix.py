"""The appendix of a paper, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.pages.blocks import text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """The appendix of a paper, in Markdown."""
    return [
        text(
            "Model, data, priors, diagnostics and estimates in Markdown. The file is tables/appendix.md; tables for "
            "Stata are tables/estimates.dta and tables/headline.dta."
        ),
        {"kind": "code", "text": (run.stage("tables") / "appendix.md").read_text(encoding="utf-8")},
    ]


SECTION = Section(170, "Appendix to paste into a paper", blocks, stages=("tables",), open=False)
