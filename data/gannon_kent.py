"""The merged analysis file of Gannon & Kent (2021), read as published and checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputError
from data.isaf_sources import states
from data.tables import find_file

FOLDER = "gannon_kent_replication"
FILE = "iiss_afghan_complete.csv"
THEATRE = 700  # Afghanistan: a host sends no troops to its own war
# Codes of the published file that are no states' codes: Republika Srpska's forces, the Palestinian
# territories, and Vietnam under the code of the former South.
ODD_CODES = (0, 665, 817)

NUMERIC = (
    "year",
    "ccode",
    "troops_total",
    "troops_afghan_total",
    "troops_afghan_unama",
    "cinc",
    "tpop",
    "pctagreeus",
    "ideal_dist",
    "dem",
    "depth",
    "us_ally",
    "pot_gain",
    "distance",
    "gdp",
    "gdppc",
    "casualties",
    "troops",
    "troops_afghan_final",
    "troops_afghan_final_ratio",
)


def merged_path(folder: str | Path) -> Path:
    """Where the merged file lies under a data folder laid out like the public collection.

    Raises
    ------
    InputError
        Where the file is absent.
    """
    return find_file(folder, f"{FOLDER}/{FILE}")


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
    path = merged_path(folder)
    try:
        frame = pd.read_csv(path)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"a table that cannot be read ({error})", "the published csv file", file=path
        ) from None
    missing = [name for name in ("country", *NUMERIC) if name not in frame.columns]
    if missing:
        raise InputError("no such column", "the columns of the published file", file=path, column=missing[0])
    for name in NUMERIC:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            text = pd.to_numeric(frame[name], errors="coerce").isna() & frame[name].notna()
            row = int(np.flatnonzero(text)[0])
            raise InputError(repr(frame[name].iloc[row]), "a number", file=path, row=row + 2, column=name)
    for name in ("troops_total", "troops_afghan_total", "troops_afghan_final"):
        _refuse(frame, frame[name] < 0, name, "zero or more persons", path)
    share = frame["troops_afghan_final_ratio"]
    _refuse(frame, np.isfinite(share) & (share > 1), share.name, "a share of at most 1", path)
    known = {*states()["ccode"], *ODD_CODES}
    _refuse(frame, ~frame["ccode"].isin(known), "ccode", "a Correlates of War code of a state", path)
    _refuse(frame, frame.duplicated(["ccode", "year"]), "ccode", "one row per state and year", path)
    return frame


def _refuse(frame: pd.DataFrame, bad: pd.Series, column: str, expected: str, path: Path) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(str(frame[column].iloc[row]), expected, file=path, row=row + 2, column=column)
