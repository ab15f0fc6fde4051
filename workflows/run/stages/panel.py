"""Panel and ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.common.text import write_csv
from workflows.run.digests import facts_of, folder_digest

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "building the panel"


def inputs(run: Run) -> dict[str, Any]:
    """The spec of the panel, and the files it may be built from."""
    return {
        "panel": run.spec.panel.model_dump(mode="json"),
        "files": folder_digest(run.data, run.spec.panel),
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``panel.nc``, ``ledger.csv``, ``reach.csv``."""
    from data.panel import build_panel, panel_ledger, save_panel
    from data.variables.reach import reached
    from workflows.run.panel_notices import panel_notices
    from workflows.store.notices import recorded

    panel = build_panel(run.spec.panel, run.data, ledger_file=run.store.folder / "ledger.csv")
    save_panel(panel, folder / "panel.nc")
    write_csv(panel_ledger(panel), folder / "ledger.csv")
    write_csv(reached(run.spec.panel), folder / "reach.csv")
    return {**facts_of(panel), **recorded(panel_notices(run.spec.panel, panel))}
