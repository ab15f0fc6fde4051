"""Regime scores by state and year: Polity5, Boix-Miller-Rosato, V-Dem, all on COW codes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.readers.layout import note, read


def polity(path: Path | str) -> pd.DataFrame:
    """Polity5: ``ccode`` (COW), ``source_code``, ``year``, ``polity``, ``polity2``, ``democ``, ``autoc``.

    -66, -77 and -88 are missing in all of them. In a year of change two of Polity's states may share one COW
    code; both rows stay and are flagged in ``problem``. ``one_per_state_year`` keeps the later one.
    """
    return _flagged(read(path, "polity.state_year"))


def bmr(path: Path | str) -> pd.DataFrame:
    """Boix-Miller-Rosato: ``ccode``, ``source_code``, ``year``, ``democracy`` (0, 1 or missing)."""
    return _flagged(read(path, "bmr.state_year")).drop(columns="cown")


def vdem(path: Path | str) -> pd.DataFrame:
    """V-Dem: ``country``, ``ccode`` (missing outside the system), ``year``, core indices on [0, 1]."""
    return _flagged(read(path, "vdem.country_year")).drop(columns="cown")


def _flagged(frame: pd.DataFrame) -> pd.DataFrame:
    shared = frame["ccode"].notna() & frame.duplicated(["ccode", "year"], keep=False)
    note(frame, shared, "another row has this state and year")
    return frame


def one_per_state_year(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a state and year: of two, that of the unit which goes on into the next year.

    Parameters
    ----------
    frame : DataFrame
        ``ccode``, ``year`` and ``source_code`` or ``country``, such as of ``polity``, ``bmr`` or ``vdem``.

    Returns
    -------
    DataFrame
        Rows with a ``ccode``, unique in ``ccode`` and ``year``; where neither goes on, the one listed last.
    """
    unit = next((name for name in ("source_code", "country") if name in frame), "ccode")
    rows = frame[frame["ccode"].notna()].copy()
    following = set(zip(rows[unit], rows["year"] - 1, strict=True))
    rows["_goes_on"] = [key in following for key in zip(rows[unit], rows["year"], strict=True)]
    rows = rows.sort_values(["ccode", "year", "_goes_on"], kind="stable")
    return rows.drop_duplicates(["ccode", "year"], keep="last").drop(columns="_goes_on").sort_index()
