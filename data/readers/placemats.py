"""ISAF placemats: NATO's own counts of troops in Afghanistan, by day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.readers.layout import note, read


def dated(path: Path | str, misprints: str = "") -> pd.DataFrame:
    """Troops by state and placemat, with the day.

    Parameters
    ----------
    path : path
        The dated transcription.
    misprints : str
        ``"stand"``: only stray marks are mended, for whoever takes medians over lists.

    Returns
    -------
    DataFrame
        Index ``line``; columns ``year``, ``month``, ``day``, ``date``, ``state_name``, ``ccode`` (Int64),
        ``troops`` (persons), ``troops_text`` and ``problem``. Known misprints are read as
        ``name_tables/misprints.csv`` says, and noted.

    Raises
    ------
    InputError
        For a fault of the file, a name that matches no state, or a date that does not exist.
    """
    frame = read(path, "placemats.dated", marks_only=misprints == "stand")
    frame["date"] = pd.to_datetime(frame[["year", "month", "day"]], errors="coerce")
    note(frame, frame["date"].isna(), "no such day")
    note(frame, _jumps(frame), "less than half or more than double the lists around it")
    return frame


def _jumps(frame: pd.DataFrame) -> pd.Series:
    """Counts far from the median of five lists about them, where that is a company or more: worth a look."""
    ordered = frame.sort_values(["ccode", "date"], kind="stable")
    usual = ordered.groupby("ccode")["troops"].transform(
        lambda troops: troops.rolling(5, center=True, min_periods=3).median()
    )
    far = (ordered["troops"] < 0.5 * usual) | (ordered["troops"] > 2 * usual)
    return (far & (usual >= 60)).reindex(frame.index)
