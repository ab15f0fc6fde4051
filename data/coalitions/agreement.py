"""Where two sources cover one mission: do they name the same contributors, with the same numbers?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.coalitions.evidence import HUNDRED, geopko_years
from data.tables.reading import official

COLUMNS = ("sources", "missions", "of_100", "found", "found_with_100", "log_correlation", "compared")
YEAR = 2010


def agreement(folder: str | Path) -> pd.DataFrame:
    """Contributors of 100 and more by one source, and how many of them Geo-PKO has.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: ``of_100`` contributors of 100 and more (or all, of a list without numbers) by the first
        source, ``found`` of them in Geo-PKO, ``found_with_100`` with 100 and more there; ``log_correlation`` of the
        troops of the ``compared`` ones that have a number in both.

    Raises
    ------
    InputError
        Where a source is missing or malformed.
    """
    folder = Path(folder)
    geopko = geopko_years(folder)
    monthly = official(folder, "ipi.contributions")
    monthly = monthly[(monthly["year"] == YEAR) & monthly["ccode"].notna()]
    mean = monthly.groupby(["mission", monthly["ccode"].astype(int)])["troops"].mean().reset_index()
    day = official(folder, "un_participation.day").rename(columns={"operation": "mission"})
    day = day.astype({"ccode": int})[["mission", "ccode", "troops"]]
    printed = monthly.rename(columns={"state_name": "contributor"})
    printed = printed.groupby(["mission", "contributor"])["troops"].mean().reset_index()
    out = [
        _compared(f"IPI {YEAR}, mean of months", mean, geopko[geopko["year"] == YEAR]),
        # The same by names as both print them: states that the two spell otherwise are not found.
        _compared(f"IPI {YEAR}, names as printed", printed, _by_name(folder), "contributor"),
        _compared(
            "one day of MONUC, 2004", day, geopko[(geopko["year"] == 2004) & (geopko["mission"] == "MONUC")]
        ),
    ]
    listed = official(folder, "un_participation.list")
    listed = listed[listed["ccode"].notna() & (listed["year"] <= 2005)].astype({"ccode": int})
    for mission in sorted(set(listed["mission"]) & set(geopko["mission"])):
        out.append(_named(mission, listed, geopko[geopko["year"] <= 2005]))
    return pd.DataFrame(out, columns=list(COLUMNS))


def _by_name(folder: Path) -> pd.DataFrame:
    """Geo-PKO's contributors of the year under their printed names, troops added over places."""
    rows = official(folder, "geopko.location")
    rows = rows[rows["year"] == YEAR]
    return rows.groupby(["mission", "contributor"])["troops"].sum().reset_index()


def _compared(name: str, first: pd.DataFrame, geopko: pd.DataFrame, key: str = "ccode") -> tuple:
    missions = sorted(set(first["mission"]) & set(geopko["mission"]))
    shared = first[first["mission"].isin(missions)]
    both = shared.merge(geopko, on=["mission", key], how="left", suffixes=("", "_geopko"))
    large = both[both["troops"] >= HUNDRED]
    counted = both[(both["troops"] > 0) & (both["troops_geopko"] > 0)]
    logs = counted[["troops", "troops_geopko"]].astype(float).apply(np.log)
    found = int(large["troops_geopko"].notna().sum())
    again = int((large["troops_geopko"] >= HUNDRED).sum())
    correlation = float(logs.corr().iloc[0, 1]) if len(logs) > 2 else float("nan")
    return (f"{name} / Geo-PKO", len(missions), len(large), found, again, correlation, len(counted))


def _named(mission: str, listed: pd.DataFrame, geopko: pd.DataFrame) -> tuple:
    """The reverse: contributors of 100 and more of Geo-PKO that a list of names has."""
    theirs = set(listed.loc[listed["mission"] == mission, "ccode"])
    ours = geopko[(geopko["mission"] == mission) & (geopko["troops"] >= HUNDRED)]
    large = set(ours["ccode"])
    return (
        f"Geo-PKO / names of {mission}",
        1,
        len(large),
        len(large & theirs),
        len(large & theirs),
        float("nan"),
        0,
    )
