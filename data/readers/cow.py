"""Dyads of the Correlates of War, seen from one state."""

from __future__ import annotations

import pandas as pd


def with_partner(dyads: pd.DataFrame, partner: int) -> pd.DataFrame:
    """The rows of an undirected dyad table that have ``partner``, with the other state as ``ccode``."""
    first, second = dyads["ccode1"] == partner, dyads["ccode2"] == partner
    rows = dyads[first ^ second].copy()
    rows["ccode"] = rows["ccode2"].where(rows["ccode1"] == partner, rows["ccode1"])
    return rows.drop(columns=["ccode1", "ccode2"])
