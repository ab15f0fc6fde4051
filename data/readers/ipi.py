"""Contributions to United Nations peacekeeping, by month."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.common.refuse import refuse
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
    wrong, expected = summed != frame["total"], summed.map("{}, the sum of its kinds".format)
    said = "a total of {}".format
    refuse(frame["total"], wrong, expected, file=path, column="Total Total", found=said)
    return frame
