"""Benson and Clinton's replication files: the provisions behind the published depth."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.readers.files import load
from data.readers.layout import read, tidy


def main(path: Path | str, rows: str = "") -> pd.DataFrame:
    """One row an alliance: ``atopid``, the nine provisions by the authors' names, obligations, covariates.

    With rows ``"complete"``, alliances without a gap in any column of the file, used or not.
    """
    raw = load(path)
    frame = tidy(raw, "benson_clinton.main")
    return frame[pd.DataFrame(raw.columns).notna().all(axis=1).to_numpy()] if rows == "complete" else frame


def agreements(path: Path | str) -> pd.DataFrame:
    """One row an alliance phase: ``atopidphase``, ``atopid``, ``phase``, ``start_year``, obligations.

    The file writes a phase behind the point in single precision (1020.1 is alliance 1020, phase 1).
    """
    frame = read(path, "benson_clinton.agreements")
    tenths = (frame["atopidphase"] * 10).round().astype("int64")
    frame["atopid"], frame["phase"] = tenths // 10, tenths % 10
    return frame
