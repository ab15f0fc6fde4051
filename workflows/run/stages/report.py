"""The page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.pages import sections
from workflows.run.stages._registry import ASIDE
from workflows.store.notices import as_json

if TYPE_CHECKING:
    from workflows.run.run import Run

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
    from workflows.pages.page import page

    (folder / "report.html").write_text(page(run), encoding="utf-8")
