"""Unrealized potential of contributing states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from figures import potential_by_state
from figures.style import PALETTE
from models.joint import Joint
from workflows.draws.cells import Cells
from workflows.draws.evaluate import pieces, thinned
from workflows.draws.summary import middle_and_ends
from workflows.pages.pictures._picture import Drawn, Picture
from workflows.store.slug import slugs

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure, or several; see `by_operation`."""
    yield from by_operation(potential_table(run.joint, run.fit.draws["posterior"].to_dataset()))


def by_operation(table: pd.DataFrame) -> Iterator[Picture]:
    """One figure of all operations, or one an operation where they are more than can be told apart."""
    title = "Unrealized potential of contributing states"
    if table["operation"].nunique() <= len(PALETTE):
        named = {("potential_by_state", title): table}
    else:
        names = slugs(table["operation"].unique())
        named = {
            (
                f"potential_by_state_{names[str(operation)]}",
                f"{operation}: {title[0].lower()}{title[1:]}",
            ): part
            for operation, part in table.groupby("operation", sort=False)
        }
    for (name, heading), part in named.items():
        yield Picture.of(potential_by_state, heading, part, name)


def potential_table(joint: Joint, draws: xr.Dataset) -> pd.DataFrame:
    """Posterior of each contributing state's mean potential, by operation.

    Columns ``state, operation, median, lower, upper, declared``.
    `declared`: no treaty in force in any of its years, so that its depth is what the spec declares.
    """
    cells = Cells(joint)
    sent = np.bincount(cells.of_row, joint.design.outcome.troops > 0) > 0
    declared = np.bincount(cells.of_row, joint.design.in_force.any(1)) == 0
    found = [
        cells.mean(piece["potential"])
        for piece in pieces(joint, thinned(draws, 500), {"potential": joint.potential})
    ]
    lower, median, upper = middle_and_ends(np.concatenate(found)[:, sent], axis=0)
    table = {"state": cells.states[sent], "operation": cells.operations[sent].astype(str)}
    return pd.DataFrame(
        {**table, "median": median, "lower": lower, "upper": upper, "declared": declared[sent]}
    )


DRAWN = Drawn(30, "potential", pictures)
