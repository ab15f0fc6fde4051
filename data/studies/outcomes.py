"""Other outcomes for Gannon & Kent's rows, and the contributors that their text names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.studies.isaf_sources import placemats

GDP_UNIT = 1e9  # US dollars
POPULATION_UNIT = 1e6  # persons
PLACEMAT_YEARS = (2007, 2014)


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
