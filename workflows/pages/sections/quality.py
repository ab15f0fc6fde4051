"""Errors found in a study's file, and where its text, tables and files disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.common.text import read_csv
from workflows.pages.blocks import table, text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run

CORRECTED = (
    "error: What the file holds", "put_right: What is done", "cells", "states", "which", "before: H before",
    "after: H after", "rows_before", "rows_after",
)  # fmt: skip


def blocks(run: Run) -> list[dict[str, Any]]:
    """Errors found in a study's file, and where its text, tables and files disagree."""
    folder = run.stage("tables")
    found, doubts = (read_csv(folder / f"{name}.csv") for name in ("quality", "disagreements"))
    out: list[dict[str, Any]] = []
    if len(found):
        out += [
            text(
                "Errors of the published file, each put right by itself. H is that of the published model All Controls, "
                "estimated on the authors' file and on the corrected one."
            ),
            table(
                "Errors, what is done, whom they touch, and H in troops per year",
                found,
                CORRECTED,
                "tables/quality.csv",
            ),
        ]
    if len(doubts):
        names = ("table", "model", "term", "says: One says", "but: The other")
        out.append(
            table(
                "Where the study's text, tables and files disagree", doubts, names, "tables/disagreements.csv"
            )
        )
    return out or [text("No study stands beside this run, and no error of its sources is known.")]


SECTION = Section(140, "Data quality: errors found, and what they do", blocks, stages=("tables",), open=False)
