"""The headline effect where its step is attainable, and between observed depths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.common.text import write_csv

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "asking where the step of potential is attainable"


def inputs(run: Run) -> dict[str, Any]:
    """The posterior and what is reported of it."""
    return {"posterior": run.stage("posterior").key, "effect": run.stage("effect").key}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``support.csv``."""
    from workflows.estimands import support
    from workflows.store.notices import recorded

    table = support.support(run.fit, run.effect)
    write_csv(table, folder / "support.csv")
    pair = support.pair_apart(run.fit, float(run.effect.attrs["step"]))
    return {"pair": pair, **recorded(support.notices(table))}
