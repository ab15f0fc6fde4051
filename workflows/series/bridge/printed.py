"""The published side of a bridge, as it is kept: this module is the key of its stage."""

from __future__ import annotations

from pathlib import Path

from data.common.text import write_csv
from data.studies.corrections import changed_state_years
from workflows.published.headline import headline_rows
from workflows.published.study import Study


def keep_study(study: Study, data: Path | None, folder: Path) -> None:
    """Printed, replicated and corrected estimates of all models, and the state-years that changed."""
    write_csv(headline_rows(data or "", study), folder / "corrections.csv")
    changed = changed_state_years(study.read(data), data or "", ["all"])
    write_csv(changed, folder / "changed.csv")
