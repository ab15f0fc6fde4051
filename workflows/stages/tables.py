"""What a run leaves for a paper; see `workflows.run_tables`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run import Run

WORDS = "writing the tables for a paper"


def inputs(run: Run) -> dict[str, Any]:
    """Comparison, prior, separate fits, spec."""
    return {
        "comparison": run.stage("comparison").key,
        "prior": run.stage("prior").key,
        "separate": run.stage("separate").key if run.several_operations else None,
        "spec": run.spec.describe(),
    }


def compute(run: Run, folder: Path) -> None:
    """Write estimates, headline and sources as .csv, the first two also as .dta, and the appendix."""
    from workflows.quality import disagreements, quality_table
    from workflows.run_tables import appendix, citations, estimates, to_stata

    found = estimates(run.fit.draws["posterior"].to_dataset())
    for name, frame in (("estimates", found), ("headline", run.headline)):
        frame.to_csv(folder / f"{name}.csv", index=False)
        to_stata(frame, folder / f"{name}.dta")
    citations(run.panel).to_csv(folder / "sources.csv", index=False)
    quality_table(run.data, run.headline).to_csv(folder / "quality.csv", index=False)
    disagreements(run.spec.study).to_csv(folder / "disagreements.csv", index=False)
    (folder / "appendix.md").write_text(appendix(run, found), encoding="utf-8")
