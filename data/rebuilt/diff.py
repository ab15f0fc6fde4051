"""Every difference between the authors' merged file and the table rebuilt from raw files, with its reason.

A reason is not a guess: it is given only where what the merged file holds follows from it (the count without the
separated cells, the largest placemat, the code that stands for missing, ...). A cell that no reason reproduces is
called unexplained, and there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from data.rebuilt.rebuild import COLUMNS, THEATRE, afghan_rows, rebuild
from data.sources.official_files import LISTS, WDI
from data.studies.gannon_kent import read_merged
from data.tables.reading import official

VIETNAM = (817.0, 816.0)
UNEXPLAINED = "unexplained"
REASONS = {
    "vietnam": "the state stands under 817, the code of South Vietnam, and was joined with nothing",
    "separator": "a count with a thousands separator was read as zero",
    "placemat": "the largest placemat of the year stands in place of the IISS count",
    "no edition": "2014: no IISS edition describes it and the state is left at zero",
    "placemat 2014": "2014: the largest placemat of the year; rebuilt from the placemat nearest mid-year",
    "observers": "UN observers of UNAMA counted as troops",
    "abroad": "rows of the operation outside Afghanistan (Central Asia, Germany, Kuwait, Africa) counted",
    "other label": "Enduring Freedom under other labels (OEF-A, OEF- AFG, or by name in edition 2008) left out",
    "several places": "rows of several places were joined to each other: one counted twice or dropped",
    "theatre": "the theatre state contributes to no operation of its own",
    "word": "named without a readable number, taken as zero",
    "missing code": "-9 stands for missing in NMC and was kept as a number",
    "polity release": "an older release of Polity",
    "polity codes": "-66, -77 and -88 are no scores; democracy was coded 0 from them",
    "polity numbers": "states that Polity numbers in its own way were not joined",
    "late treaty": "treaties of 2002 with Uzbekistan and of 2008 with Iraq, in force in ATOP, were not joined",
    "neighbours": "0 km for neighbours of Afghanistan: the source says so in 2001 and 2002 only",
    "first year": "the distance of the first year was kept for all years",
    "letters": "GDP joined by Correlates of War letters, not ISO codes: none",
    "other economy": "GDP joined by Correlates of War letters, not ISO codes: another economy's",
    "vintage": "an earlier vintage of the World Development Indicators",
    "no casualties": 'the list writes "Czech", which was not joined',
    "unmatched": "not joined in the merged file",
    "not in source": "no value in the source that the rebuilt table uses",
}
"""What each reason means, in the words of the table of differences."""

_KEY = ["ccode", "year"]
Reason = tuple[pd.Series | np.ndarray, str | np.ndarray]
"""Where a reason holds, and which; of several the first counts."""
Explain = Callable[[pd.DataFrame, str | Path], tuple[Reason, ...]]


def rebuild_diff(folder: str | Path) -> pd.DataFrame:
    """List every cell in which the merged and the rebuilt table differ.

    Returns
    -------
    DataFrame
        ``ccode, state, year, column, merged, rebuilt, reason``; rows of the merged file that are no state of
        the system (Palestine, Republika Srpska) are not compared.
    """
    merged, rebuilt = _aligned(folder)
    both = merged.merge(rebuilt, on=_KEY, suffixes=("_merged", "_rebuilt"))
    parts = []
    for column in COLUMNS:
        cells = both[[*_KEY, "state", "vietnam"]].assign(
            column=column, merged=both[f"{column}_merged"], rebuilt=both[f"{column}_rebuilt"]
        )
        part = cells[~_equal(cells["merged"], cells["rebuilt"])].copy()
        reasons = _EXPLAIN[column](part, folder) if column in _EXPLAIN else ()
        absent = (part["merged"].isna(), "unmatched"), (part["rebuilt"].isna(), "not in source")
        where, why = zip((part["vietnam"], "vietnam"), *reasons, *absent, strict=True)
        part["reason"] = np.select([np.asarray(here, dtype=bool) for here in where], why, UNEXPLAINED)
        parts.append(part)
    columns = ["ccode", "state", "year", "column", "merged", "rebuilt", "reason"]
    return pd.concat(parts)[columns].sort_values(["column", *_KEY], ignore_index=True)


def diff_summary(folder: str | Path) -> pd.DataFrame:
    """Count agreement and each reason by column: ``column, cells, equal, reason, rows, states, words``."""
    merged, rebuilt = _aligned(folder)
    cells = len(merged.merge(rebuilt, on=_KEY))
    diff = rebuild_diff(folder)
    rows = []
    for column in COLUMNS:
        own = diff[diff["column"] == column]
        equal = cells - len(own)
        groups = own.groupby("reason").agg(rows=("year", "size"), states=("ccode", "nunique"))
        if own.empty:
            rows.append((column, cells, equal, "", 0, 0, ""))
        for reason, group in groups.sort_values("rows", ascending=False).iterrows():
            words = "; ".join(REASONS.get(part, part) for part in str(reason).split(" + "))
            rows.append((column, cells, equal, reason, group["rows"], group["states"], words))
    return pd.DataFrame(rows, columns=["column", "cells", "equal", "reason", "rows", "states", "words"])


def _aligned(folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The merged file with Vietnam under its own code, and the rebuilt table."""
    merged = read_merged(folder)[[*_KEY, *COLUMNS]].astype(float)
    merged["vietnam"] = merged["ccode"] == VIETNAM[0]
    merged["ccode"] = merged["ccode"].replace(*VIETNAM)
    return merged, rebuild(folder)


def _equal(a: pd.Series, b: pd.Series) -> pd.Series:
    """Equal up to single precision (agreement and money are stored so), or both missing."""
    close = np.isclose(a.to_numpy(float), b.to_numpy(float), rtol=2e-6, atol=1e-6)
    return pd.Series(close, index=a.index) | (a.isna() & b.isna())


def _troops(part: pd.DataFrame, folder: str | Path) -> tuple[Reason, ...]:
    """Reproduce the merged count from the raw rows and name the steps that made a difference.

    The merged count is the sum of the plain numbers of the rows labelled ISAF or "OEF - HOA" wherever they are,
    and of UNAMA; a largest placemat stands in its place where the merged file carries one.
    """
    keys = pd.MultiIndex.from_frame(part[_KEY])

    def persons(rows: pd.DataFrame) -> np.ndarray:
        return rows.groupby(_KEY)["troops"].sum().reindex(keys).fillna(0.0).to_numpy()

    theirs = read_merged(folder).astype({"ccode": float, "year": float}).set_index(_KEY).reindex(keys)
    holds, largest = theirs["troops_afghan_final"].to_numpy(float), theirs["troops"].to_numpy(float)
    frame = official(folder, *LISTS["iiss"])
    frame = frame[frame["ccode"].notna()].astype({"ccode": float, "year": float})
    counted = frame[frame["operation"].isin(["ISAF", "OEF - HOA"])]
    separated = counted["troops_text"].fillna("").str.contains(",")
    ours = afghan_rows(folder)
    lost, observers = persons(counted[separated]), persons(frame[frame["operation"].eq("UNAMA")])
    abroad = persons(counted[~counted.index.isin(ours.index) & ~separated])
    unlabelled = persons(ours[~ours.index.isin(counted.index)])
    reproduced = np.isclose(persons(counted[~separated]) + observers, holds)
    placemat, late = np.isclose(largest, holds), (part["year"] == 2014).to_numpy()
    reproduced &= ~placemat & ~late
    steps = {
        "separator": lost > 0,
        "observers": observers > 0,
        "abroad": abroad > 0,
        "other label": unlabelled > 0,
        "word": part["rebuilt"].isna().to_numpy(),
    }
    joined = [
        " + ".join(name for name, holds_here in steps.items() if holds_here[row] and reproduced[row])
        or UNEXPLAINED
        for row in range(len(part))
    ]
    return (
        (part["ccode"] == THEATRE, "theatre"),
        (late & placemat, "placemat 2014"),
        (late & (holds == 0), "no edition"),
        (placemat, "placemat"),
        (~reproduced & (persons(counted) > persons(ours[ours.index.isin(counted.index)])), "several places"),
        (np.ones(len(part), bool), np.array(joined)),
    )


def _nmc(part: pd.DataFrame, _: str | Path) -> tuple[Reason, ...]:
    return (((part["merged"] == -9) & part["rebuilt"].isna(), "missing code"),)


def _polity(part: pd.DataFrame, folder: str | Path) -> tuple[Reason, ...]:
    numbered = official(folder, "polity.state_year")
    own = numbered[numbered["source_code"] != numbered["ccode"]]
    renumbered = pd.MultiIndex.from_frame(part[_KEY]).isin(pd.MultiIndex.from_frame(own[_KEY].astype(float)))
    raw = read_merged(folder).astype({"ccode": float, "year": float}).set_index(_KEY)["democ"]
    coded = raw.reindex(pd.MultiIndex.from_frame(part[_KEY])).to_numpy() < 0
    return (
        (coded & (part["merged"] == 0) & part["column"].eq("dem"), "polity codes"),
        (renumbered & part["merged"].isna(), "polity numbers"),
        (part["merged"].notna() & part["rebuilt"].notna(), "polity release"),
    )


def _allies(part: pd.DataFrame, _: str | Path) -> tuple[Reason, ...]:
    late = part["ccode"].isin([645, 704]) & (part["merged"] == 0) & (part["rebuilt"] == 1)
    return ((late, "late treaty"),)


def _distance(part: pd.DataFrame, _: str | Path) -> tuple[Reason, ...]:
    return (((part["merged"] == 0) & (part["rebuilt"] > 0), "neighbours"),)


def _economy(part: pd.DataFrame, folder: str | Path) -> tuple[Reason, ...]:
    """Letters differ where the Correlates of War abbreviation is not the state's ISO code."""
    bank = official(folder, *WDI["gdp"])
    iso = (
        bank[bank["ccode"].notna()]
        .drop_duplicates("ccode")
        .astype({"ccode": float})
        .set_index("ccode")["iso3"]
    )
    letters = (
        read_merged(folder).astype({"ccode": float}).drop_duplicates("ccode").set_index("ccode")["stateabb"]
    )
    differ = (part["ccode"].map(iso) != part["ccode"].map(letters)).to_numpy()
    return (
        (differ & part["merged"].isna(), "letters"),
        (differ & part["merged"].notna(), "other economy"),
        (~differ & part["merged"].notna() & part["rebuilt"].notna(), "vintage"),
    )


def _deaths(part: pd.DataFrame, _: str | Path) -> tuple[Reason, ...]:
    return (((part["ccode"] == 316) & (part["merged"] == 0), "no casualties"),)


_EXPLAIN: dict[str, Explain] = {
    "troops_afghan_final": _troops,
    "milex": _nmc,
    "milper": _nmc,
    "polity2": _polity,
    "dem": _polity,
    "us_ally": _allies,
    "distance": _distance,
    "gdp": _economy,
    "gdppc": _economy,
    "casualties": _deaths,
}
