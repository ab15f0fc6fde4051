"""What a page is built from: sections, and in them paragraphs, tables and figures, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workflows.pages.figure_files import figure_block

if TYPE_CHECKING:
    from workflows.run.run import Run


#: What stands over a column where that is not its name.
HEADINGS = {
    "headline": "H", "step": "Step s", "of_step": "Step s", "label": "Estimate", "sd": "SD", "prior_sds": "Prior SDs",
    "r_hat": "R-hat", "ess_bulk": "Bulk ESS", "ess_tail": "Tail ESS", "difference_in_mcse": "Difference in MCSE",
}  # fmt: skip


def section(key: str, title: str, blocks: list[dict], open_: bool = True) -> dict[str, Any]:
    """One foldable section of the page."""
    return {"id": key, "title": title, "open": open_, "blocks": blocks}


def text(*lines: str) -> dict[str, str]:
    """Paragraphs."""
    return {"kind": "text", "text": "\n\n".join(lines)}


def table(caption: str, frame: pd.DataFrame, names: Iterable[str], source: str) -> dict[str, Any]:
    """A table of those columns of `frame` that `names` has, each a column or ``column: Heading``."""
    headings = dict(_heading(name) for name in names)
    kept = [name for name in headings if name in frame]
    numeric = {n: pd.api.types.is_numeric_dtype(frame[n]) and frame[n].dtype != bool for n in kept}
    rows = frame[kept].astype(object).where(frame[kept].notna(), None).to_dict("records")
    columns = [{"name": n, "label": headings[n], "numeric": bool(numeric[n])} for n in kept]
    for row in rows:
        row.update({k: ("yes" if v else "no") for k, v in row.items() if isinstance(v, bool | np.bool_)})
    return {"kind": "table", "caption": caption, "columns": columns, "rows": rows, "source": source}


def _heading(name: str) -> tuple[str, str]:
    """A column and what stands over it."""
    column, own, heading = name.partition(": ")
    if own:
        return column, heading
    if column.endswith(("_lower", "_upper")):
        return column, column[-5:].capitalize()
    return column, HEADINGS.get(column, column.replace("_", " ").capitalize())


def figures(run: Run, section: str) -> list[dict]:
    """The run's figures that a section of the page shows."""
    return [
        figure_block(run.stage("figures").folder, f["name"], f["caption"], f["alt"])
        for f in run.stage("figures").about["figures"]
        if f["section"] == section
    ]
