"""The merged analysis file of Gannon & Kent (2021): as published, or a user's own variant of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.common.refuse import refuse

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


def merged(path: Path) -> pd.DataFrame:
    """One row a state and year, all columns as published; those of `NUMERIC` are numbers.

    Its checksum is not asked for: whoever tries another correction alters the file.

    Raises
    ------
    InputError
        For a file that cannot be read, a missing column, or text in a column of numbers.
    """
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
            refuse(frame[name], text, "a number", file=path, lines=frame.index + 2)
    return frame
