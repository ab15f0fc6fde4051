"""CEPII GeoDist: distances between countries and the places of their cities."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.names import ccodes_of_iso3
from data.readers.layout import read

_YEAR = 2004  # of the file: its codes are those of about this year


def dyads(path: Path | str) -> pd.DataFrame:
    """Directed dyads: ``iso_o``, ``iso_d``, ``ccode_o``, ``ccode_d``, ``dist``, ``distcap``, ``distw`` in km.

    The codes are of about 2004 (``YUG``, ``ZAR``, ``ROM``, ``TMP``); a territory has no ``ccode``.
    """
    frame = read(path, "cepii.dyad")
    for end in ("o", "d"):
        frame[f"ccode_{end}"] = ccodes_of_iso3(frame[f"iso_{end}"], [_YEAR] * len(frame))
    return frame


def cities(path: Path | str) -> pd.DataFrame:
    """Cities: ``iso3``, ``ccode``, ``city``, ``capital`` (1 for the capital), degrees north and east."""
    frame = read(path, "cepii.city")
    frame["ccode"] = ccodes_of_iso3(frame["iso3"], [_YEAR] * len(frame))
    return frame
