"""The model in words and symbols, and its priors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.pages.blocks import table, text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """Text, formulae and the table of priors."""
    from workflows.spec.mathematics import model_in_symbols, model_in_words, prior_table

    return [
        text(*model_in_words(run.joint)),
        {"kind": "math", "tex": model_in_symbols(run.joint)},
        table(
            "Priors",
            prior_table(run.joint),
            ("parameter", "prior", "unit"),
            "run.json",
        ),
    ]


SECTION = Section(130, "The model", blocks, stages=("panel",), open=False)
