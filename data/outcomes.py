"""Other outcomes for Gannon & Kent's rows, and the contributors that their text names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.gannon_kent import THEATRE
from data.isaf_sources import placemats

GDP_UNIT = 1e9  # US dollars
POPULATION_UNIT = 1e6  # persons
PLACEMAT_YEARS = (2007, 2014)

# What the text says of its own measure; ccodes.
NAMED_IN_2001 = {"Denmark": 390, "New Zealand": 920, "Romania": 360}  # three of the four largest
NAMED_OVERALL = {"Denmark": 390, "Estonia": 366, "Canada": 20, "New Zealand": 920}


def with_alternative_outcomes(frame: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Add the outcomes that the study reports as robustness checks.

    Parameters
    ----------
    frame : DataFrame
        The merged file, as published or corrected.
    folder : path
        The data folder, for the placemats.

    Returns
    -------
    DataFrame
        With ``troops_per_gdp`` (per thousand million dollars), ``troops_per_population`` (per million, from
        the total population of the capability index, which ends in 2012), ``placemat_troops`` (persons, the
        median list of the year) and ``placemat_share``. The placemats list every contributor of their date:
        a state that they leave out in 2007-2014 has zero; other years are missing.
    """
    listed = placemats(folder).set_index(["ccode", "year"])["troops"]
    keys = pd.MultiIndex.from_frame(frame[["ccode", "year"]])
    covered = frame["year"].between(*PLACEMAT_YEARS)
    troops = pd.Series(listed.reindex(keys).to_numpy(), index=frame.index).fillna(0.0).where(covered)
    with np.errstate(divide="ignore", invalid="ignore"):
        return frame.assign(
            troops_per_gdp=frame["troops_afghan_final"] / (frame["gdp"] / GDP_UNIT),
            troops_per_population=frame["troops_afghan_final"] / (frame["tpop"] * 1000 / POPULATION_UNIT),
            placemat_troops=troops,
            placemat_share=troops / frame["troops_total"],
        )


def placemat_correlations(frame: pd.DataFrame, folder: str | Path) -> pd.Series:
    """Correlation of IISS and placemat counts over the states and years that both list (0.86 in the text).

    Parameters
    ----------
    frame : DataFrame
        The merged file, as published.

    Returns
    -------
    Series
        ``merged_file`` (IISS totals as merged, zeros from separators included), ``merged_column`` (the column
        of placemat counts that the file carries), ``rebuilt`` (IISS counts read in full).
    """
    from data.isaf_sources import deployments

    listed = placemats(folder)[["ccode", "year", "troops"]].rename(columns={"troops": "placemat"})
    merged = frame[["ccode", "year", "troops_afghan_total"]].merge(listed, on=["ccode", "year"])
    carried = frame.dropna(subset=["troops"])
    rebuilt = deployments(folder).merge(listed, on=["ccode", "year"])
    return pd.Series(
        {
            "merged_file": merged["troops_afghan_total"].corr(merged["placemat"]),
            "merged_column": carried["troops_afghan_total"].corr(carried["troops"]),
            "rebuilt": rebuilt["troops"].corr(rebuilt["placemat"]),
        }
    )


def largest_contributors(frame: pd.DataFrame, year: int | None = None, count: int = 10) -> pd.DataFrame:
    """States by the share of their forces sent, largest first.

    Parameters
    ----------
    frame : DataFrame
        The merged file, as published or corrected.
    year : int, optional
        One year; the mean over all years by default.
    count : int
        How many.

    Returns
    -------
    DataFrame
        Columns ``rank, ccode, country, troops, share``: persons and share of active forces (a mean over years
        where no year is given), the leader included and the theatre state left out.
    """
    rows = frame[(frame["ccode"] != THEATRE) & np.isfinite(frame["troops_afghan_final_ratio"])]
    rows = rows if year is None else rows[rows["year"] == year]
    table = rows.groupby("ccode").agg(
        country=("country", "last"),
        troops=("troops_afghan_final", "mean"),
        share=("troops_afghan_final_ratio", "mean"),
    )
    table = table.sort_values("share", ascending=False).head(count).reset_index()
    return table.assign(rank=range(1, len(table) + 1))[["rank", "ccode", "country", "troops", "share"]]
