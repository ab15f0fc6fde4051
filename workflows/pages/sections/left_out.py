"""What `coalition leave-out` found, or the command that finds it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import read_csv
from workflows.pages.blocks import text
from workflows.pages.figure_files import drawn_block
from workflows.pages.sections._section import Section
from workflows.store.store import file_digest

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """Figures of what was left out in turn, or the command that makes them."""
    figures = leave_out_figures(run)
    if figures:
        return figures
    command = f"coalition leave-out {run.spec.name}" + (" --data DIR" if run.data is not None else "")
    return [
        text(f"Not carried out for this run. `{command}` refits without each treaty and operation in turn.")
    ]


def leave_out_figures(run: Run) -> list[dict[str, Any]]:
    """Figures of `coalition leave-out`, where it was carried out on this very panel and model; else none."""
    path = run.store.folder / "leave_out" / "leave_out.csv"
    if not path.is_file():
        return []
    from figures import leave_one_out

    table = read_csv(path, dtype={"left_out": str}, keep_default_na=False)
    out = []
    for kind in ("treaty", "operation"):
        part = figure_table(table, kind)
        if len(part) > 1:
            draw = partial(leave_one_out.leave_one_out, part, what=kind)
            caption = leave_one_out.caption(part, what=kind)
            out.append(drawn_block(draw, f"leave_out_{kind}", caption, leave_one_out.ALT))
    return out


def figure_table(table: pd.DataFrame, kind: str = "treaty") -> pd.DataFrame:
    """What `figures.leave_one_out` draws: the effect over all rows, with nothing and each thing left out.

    Beside treaties stands the fit with the alliance as a control, under its own label.
    """
    kinds = ["full", kind] + ["alliance"] * (kind == "treaty")
    mine = table[(table["operation"] == "") & table["kind"].isin(kinds)]
    label = mine["name"].where(mine["kind"] == "alliance", "").str.replace("NATO", "with NATO")
    out = mine.assign(left_out=mine["name"], label=label)
    return out[["left_out", "label", "headline", "lower", "upper", "rows", "passed"]].reset_index(drop=True)


def leave_out_digest(run: Run) -> str | None:
    """What the report depends on where something was left out in turn."""
    path = run.store.folder / "leave_out" / "leave_out.csv"
    return file_digest(path) if path.is_file() else None


SECTION = Section(80, "Without each treaty and operation", blocks, inputs=leave_out_digest)
