"""The page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows import sections
from workflows.notices import as_json
from workflows.stages._registry import ASIDE

if TYPE_CHECKING:
    from workflows.run import Run

WORDS = "writing the report"


def inputs(run: Run) -> dict[str, Any]:
    """Whatever its sections read."""
    # What a second process may be at comes last.
    stages = sorted(sections.stages(), key=lambda name: ASIDE.index(name) if name in ASIDE else -1)
    return {
        **{name: run.stage(name).key for name in stages},
        "sections": {name: part.inputs(run) for name, part in sections.whole().items()},
        "spec": run.spec.describe(),
        "data": run.data is not None,
        "notices": as_json(run.notices),
    }


def compute(run: Run, folder: Path) -> None:
    """Write ``report.html``."""
    from workflows.page import page

    (folder / "report.html").write_text(page(run), encoding="utf-8")
