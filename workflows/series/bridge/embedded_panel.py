"""A panel with embeddedness, split within and between states, and the record of peacekeeping among its controls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from data.pool import with_controls
from data.variables.participants import participants
from data.variables.peacekeeping import peacekeeping_record

WITHIN, BETWEEN, RECORD = "embeddedness_within", "embeddedness_between", "peacekeeping_record"


def embedded_panel(panel: xr.Dataset, data: Path) -> xr.Dataset:
    """The panel with embeddedness, split, and the peacekeeping record among its controls.

    Embeddedness counts memberships shared with the leader in international organisations (year before) and
    treaties in force; rows without it, or without a record, are left out.
    """
    rows = participants(panel, data)
    record = peacekeeping_record(data, panel["row_ccode"].values, panel["row_year"].values)
    known = rows["embeddedness"].notna().to_numpy() & np.isfinite(record)
    kept = panel.isel(row=np.flatnonzero(known))
    values = rows.loc[known, "embeddedness"]
    average = values.groupby(rows.loc[known, "ccode"]).transform("mean")
    out = with_controls(kept, {WITHIN: values - average, BETWEEN: average, RECORD: record[known]})
    states = np.isin(kept["state"].values, kept["row_state"].values)
    return out.isel(state=np.flatnonzero(states)).assign_coords(row=np.arange(out.sizes["row"]))
