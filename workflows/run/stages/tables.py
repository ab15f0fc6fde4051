"""What a run leaves for a paper; see `workflows.run.tables`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.common.text import write_csv

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "writing the tables for a paper"


def inputs(run: Run) -> dict[str, Any]:
    """Comparison, gate, prior, separate fits, spec."""
    return {
        "comparison": run.stage("comparison").key,
        "gate": run.stage("gate").key,
        "prior": run.stage("prior").key,
        "separate": run.stage("separate").key if run.several_operations else None,
        "spec": run.spec.describe(),
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write estimates, headline and sources as .csv, the first two also as .dta, and the appendix.

    Returns the likelihood's own name, which a table of several runs shows: where one of a user's own lies may not be
    importable then.
    """
    from workflows.published.quality import disagreements, quality_table
    from workflows.run.tables import appendix, citations, estimates, to_stata

    found = estimates(run.fit.draws["posterior"].to_dataset())
    for name, frame in (("estimates", found), ("headline", run.headline)):
        write_csv(frame, folder / f"{name}.csv")
        to_stata(frame, folder / f"{name}.dta")
    write_csv(citations(run.panel), folder / "sources.csv")
    write_csv(quality_table(run.data, run.headline), folder / "quality.csv")
    write_csv(disagreements(run.spec.study), folder / "disagreements.csv")
    (folder / "appendix.md").write_text(appendix(run, found), encoding="utf-8")
    return {"likelihood": run.joint.contribution.likelihood.name}
