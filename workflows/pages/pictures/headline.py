"""The headline effect of every model on one axis."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from figures import headline
from models.outcomes import explained
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure."""
    shown, unit = _shown(run.headline), explained(run.joint.contribution.likelihood).unit
    yield Picture(
        "headline",
        "The headline effect across models",
        partial(headline.headline_comparison, shown, unit=unit),
        headline.caption(shown, unit=unit),
        shown,
        headline.ALT,
    )


def _shown(comparison: pd.DataFrame) -> pd.DataFrame:
    """One row an estimate in the figure: classical errors of the study's own tables, clustered elsewhere."""
    if "errors" not in comparison:
        return comparison
    errors, corrected = comparison["errors"], comparison["group"] == "correction"
    keep = errors.isna() | ((errors == "clustered") & corrected) | ((errors == "classical") & ~corrected)
    return comparison[keep].reset_index(drop=True)


DRAWN = Drawn(10, "comparison", pictures)
