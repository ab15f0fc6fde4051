"""What was asked for and is no row of a panel: the rows left out, one by one, and years without any row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

DIM = "left_out"
BY_DESIGN = ("leader of the operation", "theatre state")
NO_FORCES = "no figure for the armed forces"
NOT_COVERED = "of a state that the list does not cover"
COLUMNS = ("operation", "ccode", "state", "year", "troops", "reason", "variable")
"""Coordinates ``left_out_*`` along the dim; `variable` is what was missing, "" where nothing was."""


def left_out_coords(rows: pd.DataFrame, names: pd.Series) -> dict[str, tuple[str, np.ndarray]]:
    """Coordinates of the rows left out of a panel.

    Parameters
    ----------
    rows : DataFrame
        ``operation, ccode, year, troops, reason, variable``.
    names : Series
        Names of states by code.
    """
    known = rows["ccode"].map(names)
    return as_coords(rows.assign(state=known.where(known.notna(), rows["ccode"].map("{:g}".format))))


def as_coords(table: pd.DataFrame) -> dict[str, tuple[str, np.ndarray]]:
    """Coordinates of a table of `COLUMNS`; the inverse of `left_out`."""
    out = {}
    for name in COLUMNS:
        kind = {"ccode": int, "year": int, "troops": float}.get(name)
        values = table[name].to_numpy(dtype=kind) if kind else text_of(table[name])
        out[f"{DIM}_{name}"] = (DIM, values)
    return out


def text_of(values: pd.Series) -> np.ndarray:
    """Values as text of one width, shape (value,), as a coordinate of a NetCDF file has them."""
    return np.array(values.astype(str).tolist(), dtype=str)


def left_out(panel: xr.Dataset) -> pd.DataFrame:
    """Return the rows that could have been rows of a panel and are not.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: operation, Correlates of War code, state, year, troops (persons, NaN where not
        known), the reason of the ledger, and the variable that was missing.
    """
    if DIM not in panel.dims:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.DataFrame({name: panel[f"{DIM}_{name}"].to_numpy() for name in COLUMNS})
