"""The headline table over published, replicated, corrected and posterior estimates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import write_csv
from workflows.run.digests import study_digest

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "comparing with the published estimates"


def inputs(run: Run) -> dict[str, Any]:
    """The headline effect, the study, the panel."""
    return {
        "effect": run.stage("effect").key,
        "study": run.spec.study,
        "study_files": study_digest(run.spec.study, run.data),
        "panel": run.stage("panel").key,
    }


def compute(run: Run, folder: Path) -> None:
    """Write ``headline.csv``."""
    from workflows.published.compare import comparison, posterior_rows, study_rows

    step = run.effect.attrs["step"]
    study = study_rows(run.spec.study, run.data)
    table = comparison(study, _least_squares(run, step), posterior_rows(run.joint, run.effect))
    write_csv(table, folder / "headline.csv")


def _least_squares(run: Run, step: float) -> pd.DataFrame:
    """The study's own regression on this panel, with depth plugged in."""
    if not run.has_treaties:
        return pd.DataFrame()
    from models.joint import known_potential
    from workflows.published.compare import panel_rows

    potential = known_potential(run.panel, run.spec.model, run.plug_in_depth)
    return panel_rows(run.joint, potential, step)
