"""Contributors by troops and by share, an operation a figure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from data.common.left_out import BY_DESIGN, left_out
from figures import rank_change
from figures.words import count, listed
from workflows.pages.pictures._picture import Drawn, Picture
from workflows.store.slug import slugs

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """A figure an operation."""
    panel = run.joint.panel
    names = slugs(map(str, panel["operation"].values))
    for operation in panel["operation"].values:
        table = contributors(panel, operation)
        said = (
            f"{operation}.",
            rank_change.caption(table),
            not_shown(panel, str(operation), table["state"]),
        )
        yield Picture(
            f"rank_change_{names[str(operation)]}",
            f"{operation}: rank by troops against rank by share of the armed forces",
            partial(rank_change.rank_change, table),
            " ".join(filter(None, said)),
            table,
            rank_change.ALT,
        )


def contributors(panel: xr.Dataset, operation: str) -> pd.DataFrame:
    """Mean troops and mean share over an operation's years, one row a state that ever sent troops."""
    frame = pd.DataFrame({v: panel[v].values for v in ("row_state", "row_operation", "troops", "share")})
    mine = frame[frame["row_operation"] == operation].groupby("row_state")[["troops", "share"]].mean()
    return mine[mine["troops"] > 0].reset_index().rename(columns={"row_state": "state"})


def not_shown(panel: xr.Dataset, operation: str, shown: pd.Series) -> str:
    """Which contributors to an operation a figure leaves out, and why, in a sentence; empty where it has all.

    The leader and the theatre state are left out of every panel, which the page says elsewhere.
    """
    out = left_out(panel)
    sent = (out["operation"] == operation) & (out["troops"] > 0) & ~out["reason"].isin(BY_DESIGN)
    gone = (
        out[sent & ~out["state"].isin(shown)]
        .groupby("state")["reason"]
        .agg(lambda reasons: reasons.mode().iloc[0])
    )
    if gone.empty:
        return ""
    parts = [f"{listed(list(names.index))} ({reason})" for reason, names in gone.groupby(gone, sort=False)]
    return f"Left out: {count(len(gone), 'contributor')}: {'; '.join(parts)}."


DRAWN = Drawn(20, "ranks", pictures)
