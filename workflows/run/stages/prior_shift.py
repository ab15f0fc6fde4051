"""Every top-level coefficient and spread beside its prior, table and figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import write_csv
from workflows.judge.limits import PRIOR_SDS

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "setting priors beside the posterior"


def inputs(run: Run) -> dict[str, Any]:
    """The posterior."""
    return {"posterior": run.stage("posterior").key}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``prior_shift.csv`` and the figure."""
    from workflows.estimands import prior_shift
    from workflows.store.notices import recorded

    table = prior_shift.prior_shift(run.joint, run.fit.draws["posterior"].to_dataset())
    write_csv(table, folder / "prior_shift.csv")
    return {"figure": _figure(folder, table), **recorded(prior_shift.notices(table))}


def _figure(folder: Path, table: pd.DataFrame) -> dict[str, str]:
    """Draw the table; returns caption and accessible name."""
    from figures import prior_shift
    from figures.words import parameter
    from workflows.pages.figure_files import save_forms

    labels = [parameter(r.parameter, str(r.of), "{} ({})") for r in table.itertuples()]
    drawn = table.assign(label=labels)
    save_forms(folder, "prior_shift", lambda: prior_shift.prior_shift(drawn, PRIOR_SDS))
    return {"caption": prior_shift.caption(drawn, PRIOR_SDS), "alt": prior_shift.ALT}
