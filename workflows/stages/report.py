"""The page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.leave_out_page import leave_out_digest
from workflows.notices import as_json

if TYPE_CHECKING:
    from workflows.run import Run

WORDS = "writing the report"


def inputs(run: Run) -> dict[str, Any]:
    """Whatever stands on it."""
    stages = ("prior_shift", "support", "baselines", "figures", "estimands", "tables")
    return {
        **{name: run.stage(name).key for name in stages},
        "left_out": leave_out_digest(run),
        "separate": run.stage("separate").key if run.several_operations else None,
        "spec": run.spec.describe(),
        "data": run.data is not None,
        "notices": as_json(run.notices),
    }


def compute(run: Run, folder: Path) -> None:
    """Write ``report.html``."""
    from workflows.page import page

    (folder / "report.html").write_text(page(run), encoding="utf-8")
