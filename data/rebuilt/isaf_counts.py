"""How far the two sources of ISAF counts agree, in the merged file and read in full."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.rebuilt.rebuild import LEADER, rebuild
from data.studies.gannon_kent import read_merged
from data.tables.reading import official

_KEY = ["ccode", "year"]


def count_correlations(folder: str | Path) -> pd.DataFrame:
    """Correlate IISS counts with the largest NATO placemat of the year, from the merged file and rebuilt.

    The study reports 0.86. The merged file gives it over the states and years in which both counts are positive,
    the leader left out: that choice drops the very zeros that separators made.

    Returns
    -------
    DataFrame
        ``counts`` (merged or rebuilt), ``sample``, ``rows``, ``correlation`` (Pearson).
    """
    merged = read_merged(folder)[[*_KEY, "troops_afghan_total", "troops"]].astype(float)
    merged = merged.rename(columns={"troops_afghan_total": "iiss", "troops": "nato"})
    lists = official(folder, "placemats.dated")
    lists = lists[lists["ccode"].notna()].astype({"ccode": float, "year": float})
    largest = lists.groupby(_KEY, as_index=False)["troops"].max().rename(columns={"troops": "nato"})
    rebuilt = rebuild(folder)[[*_KEY, "troops_iiss"]].rename(columns={"troops_iiss": "iiss"})
    tables = {"merged": merged, "rebuilt": rebuilt.merge(largest, on=_KEY)}
    rows = []
    for counts, table in tables.items():
        listed = table.dropna()
        others = listed[listed["ccode"] != LEADER]
        positive = others[(others["iiss"] > 0) & (others["nato"] > 0)]
        samples = {
            "both positive, leader left out": positive,
            "on a placemat, leader left out": others,
            "on a placemat": listed,
        }
        for sample, part in samples.items():
            rows.append((counts, sample, len(part), part["iiss"].corr(part["nato"])))
    return pd.DataFrame(rows, columns=["counts", "sample", "rows", "correlation"])
