"""A state's record of sending personnel to United Nations peacekeeping: its general propensity to cooperate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.tables.reading import official

YEARS = 5


def peacekeeping_record(folder: str | Path, ccode: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Log of one plus the mean monthly personnel in the `YEARS` before.

    Parameters
    ----------
    folder : path
        The data folder.
    ccode, year : ndarray of int, shape (row,)
        Rows to give a record.

    Returns
    -------
    ndarray, shape (row,)
        ``log(1 + persons)``: troops, police and experts; a month without an entry counts as nobody, a year
        outside the file as unknown (NaN).

    Raises
    ------
    InputError
        Where the file is missing or malformed.
    """
    table = official(folder, "ipi.totals")
    table = table[table["ccode"].notna()]
    persons = table[["troops", "police", "experts"]].fillna(0.0).sum(axis=1)
    # The first and last years of the file are not whole: divide by the months that it has.
    months = table.groupby("year")["date"].nunique()
    mean = persons / table["year"].map(months)
    by_year = mean.groupby([table["ccode"].astype(int), table["year"].astype(int)]).sum()
    keys = [pd.MultiIndex.from_arrays([ccode, year - back]) for back in range(1, YEARS + 1)]
    found = [by_year.reindex(key).fillna(0.0).to_numpy() for key in keys]
    covered = (year - YEARS >= months.index.min()) & (year - 1 <= months.index.max())
    return np.where(covered, np.log1p(np.mean(found, axis=0)), np.nan)
