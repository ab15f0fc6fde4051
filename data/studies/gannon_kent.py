"""The merged analysis file of Gannon & Kent (2021), read as published and checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.common.refuse import refuse
from data.readers.gannon_kent import merged
from data.studies.isaf_sources import states
from data.tables.reading import place_of

MERGED = ("gannon_kent", "2018-2020 csv")
THEATRE = 700  # Afghanistan: a host sends no troops to its own war
NO_STATE = {
    0: "Republika Srpska",
    665: "Palestine",
    817: "Vietnam under the code of the state that ended in 1975",
}
"""Codes of the merged file that belong to no state of the years 2001-2014; the ledger counts their rows."""


def read_merged(folder: str | Path) -> pd.DataFrame:
    """Read the merged file as published, its errors included.

    Parameters
    ----------
    folder : path
        The data folder that holds ``gannon_kent_replication``.

    Returns
    -------
    DataFrame
        One row per state and year, columns as published. ``troops_*`` in persons, ``*_ratio`` as shares
        of active forces (infinite where those are zero), ``gdp`` in US dollars, ``distance`` in km.

    Raises
    ------
    InputError
        Missing file or column, text in a numeric column, a negative count, a finite share above one, an
        unknown state code, or a state-year that occurs twice.
    """
    path = place_of(folder, *MERGED)
    frame = merged(path)

    def refused(name: str, wrong: pd.Series, expected: str) -> None:
        refuse(frame[name], wrong, expected, file=path, lines=frame.index + 2, found=str)

    for name in ("troops_total", "troops_afghan_total", "troops_afghan_final"):
        refused(name, frame[name] < 0, "zero or more persons")
    share = frame["troops_afghan_final_ratio"]
    refused("troops_afghan_final_ratio", np.isfinite(share) & (share > 1), "a share of at most 1")
    known = {*states()["ccode"], *NO_STATE}
    refused("ccode", ~frame["ccode"].isin(known), "a Correlates of War code of a state")
    refused("ccode", frame.duplicated(["ccode", "year"]), "one row per state and year")
    return frame
