"""Contributions to United Nations peacekeeping, by month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.readers.layout import read


def contributions(path: Path | str) -> pd.DataFrame:
    """By contributor, mission and month: ``date``, ``year``, ``iso3``, ``ccode``, ``mission`` and personnel.

    ``troops``, ``experts``, ``individual_police``, ``formed_police`` and ``total`` are persons on the last
    day of the month. No row means nobody sent.

    Raises
    ------
    InputError
        For a fault of the file, or a row whose kinds do not add up to its total.
    """
    frame = read(path, "ipi.contributions")
    summed = frame[["troops", "experts", "individual_police", "formed_police"]].sum(axis=1)
    wrong = summed != frame["total"]
    if wrong.any():
        line = int(frame.index[wrong][0])
        raise InputError(
            f"a total of {frame.loc[line, 'total']}",
            f"{summed[line]}, the sum of its kinds",
            file=path,
            row=line,
            column="Total Total",
        )
    return frame
