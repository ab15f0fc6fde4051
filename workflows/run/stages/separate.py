"""Each operation's effect beside that of a separate fit; for runs with several operations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import write_csv

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "fitting each operation alone"


def inputs(run: Run) -> dict[str, Any]:
    """The headline effect, and what the separate fits are made of."""
    return {
        "effect": run.stage("effect").key,
        "panel": run.stage("panel").about["content"],
        "model": run.spec.model.model_dump(mode="json"),
        "seed": run.spec.sampling.seed,
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``separate.csv``, ``coefficients.csv`` of every separate fit (errors clustered by state), and the figure."""
    from figures import separate as picture
    from workflows.estimands.separate import reason, separate_fits
    from workflows.estimands.separate_check import comparison_table, notices
    from workflows.pages.figure_files import save_forms
    from workflows.store.notices import recorded

    step, unit = run.effect.attrs["step"], run.effect.attrs["units"]
    fits = separate_fits(run.panel, run.spec.model, run.plug_in_depth, step, run.spec.sampling.seed)
    table = comparison_table(run.effect, fits)
    write_csv(table.assign(step=step), folder / "separate.csv")
    terms = [(fit.operation, *values) for fit in fits for values in fit.fit.coefficients()]
    columns = ["operation", "part", "term", "estimate", "standard_error"]
    write_csv(pd.DataFrame(terms, columns=columns), folder / "coefficients.csv")
    save_forms(folder, "separate", lambda: picture.separate(table, unit=unit))
    told = notices(table, unit, reason(run.joint))
    flagged = table.loc[table["flagged"], "operation"].tolist()
    return {"flagged": flagged, "caption": picture.caption(table, unit=unit), **recorded(told)}
