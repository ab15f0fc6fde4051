"""What to cite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.common.text import read_csv
from workflows.pages.blocks import table, text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """What to cite."""
    found = read_csv(run.stage("tables") / "sources.csv", keep_default_na=False)
    found = found.loc[:, (found != "").any()]
    names = ("citation", "what: For", "version", "address")
    return [
        text("Whoever uses these estimates uses these sources; please cite them."),
        table("Sources of this panel", found, names, "tables/sources.csv"),
    ]


SECTION = Section(160, "Sources, and how to cite them", blocks, stages=("tables",), open=False)
