"""Embeddedness beside depth: breadth of ties and depth of the alliance, state by state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.variables.ties import ties_table
from workflows.depth.dyads import dyad_depth
from workflows.depth.measure import Measure, MeasureSpec, fit_table
from workflows.depth.tables import scores


@dataclass(frozen=True)
class SideBySide:
    """Embeddedness and depth of the same states.

    Attributes
    ----------
    embeddedness : Measure
        One-factor Gaussian measurement of the counts of ties.
    table : DataFrame
        `ccode, embeddedness, embeddedness_sd, depth, depth_sd`; depth NaN without a treaty.
    rank_correlation : float
        Among states with a treaty.
    """

    embeddedness: Measure
    table: pd.DataFrame
    rank_correlation: float


def side_by_side(depth: Measure, data: str | Path, years: tuple[int, int], *, leader: int = 2) -> SideBySide:
    """Set breadth of ties beside depth of the alliance, both averaged over `years`.

    Breadth is the one factor of logged counts of ties with the leader, see `data.variables.ties.ties_table`.
    """
    spec = MeasureSpec(source="atop", model="factor", dimension="embeddedness", seed=depth.spec.seed)
    breadth = fit_table(spec, ties_table(data, years, leader=leader))
    left = scores(breadth)[["atopid", "mean", "sd"]]
    left.columns = ["ccode", "embeddedness", "embeddedness_sd"]
    dyads = dyad_depth(depth, data, leader=leader, years=years)
    right = dyads.groupby("ccode", as_index=False)[["mean", "sd"]].mean()
    right.columns = ["ccode", "depth", "depth_sd"]
    table = left.merge(right, on="ccode", how="left")
    both = table.dropna(subset=["depth"])
    return SideBySide(breadth, table, float(both["embeddedness"].corr(both["depth"], method="spearman")))
