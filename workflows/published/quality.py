"""The data-quality page: every error found in a published file, the states it touches, and what it does to H."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.facts.published import known_disagreements, study_name
from data.studies.corrections import CORRECTIONS, changed_state_years
from data.studies.gannon_kent import read_merged
from workflows.published.study import load_study

MODEL, ERRORS = "All Controls", "classical"
"""The published model whose headline effect is followed."""

COLUMNS = ("error", "put_right", "cells", "states", "which", "before", "after", "rows_before", "rows_after")


def quality_table(data: Path | None, headline: pd.DataFrame) -> pd.DataFrame:
    """Each correction of the Gannon & Kent file with the cells and states that it changes, and H before and after.

    Parameters
    ----------
    data : path or None
        The data folder; without one there is nothing to correct and the table is empty.
    headline : DataFrame
        The run's comparison: its rows of replicated and corrected models.

    Returns
    -------
    DataFrame
        `cells, states` are counts, `which` the states by number of changed cells, `before, after` troops per year.
    """
    followed = headline.reindex(columns=["group", "model", "errors", "corrections", "headline", "rows"])
    followed = followed[(followed["model"] == MODEL) & (followed["errors"] == ERRORS)]
    start = followed[followed["group"] == "replicated"]
    if data is None or start.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    changed = changed_state_years(read_merged(data), data, CORRECTIONS)
    rows = []
    for name, correction in CORRECTIONS.items():
        mine = changed[changed["correction"] == name]
        states = mine["country"].value_counts()
        after = followed[(followed["group"] == "correction") & (followed["corrections"] == name)]
        rows.append(
            {
                "error": correction.holds,
                "put_right": correction.done,
                "cells": len(mine),
                "states": len(states),
                "which": ", ".join(states.index[:12]) + (", ..." if len(states) > 12 else ""),
                "before": start["headline"].iloc[0],
                "after": after["headline"].iloc[0] if len(after) else float("nan"),
                "rows_before": start["rows"].iloc[0],
                "rows_after": after["rows"].iloc[0] if len(after) else float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def disagreements(study: str | None) -> pd.DataFrame:
    """Where a study's text, tables and files say different things: columns `table, model, term, says, but`."""
    columns = ["table", "model", "term", "says", "but"]
    if study is None:
        return pd.DataFrame(columns=columns)
    name = study_name(load_study(study).printed.study)
    found = known_disagreements()
    return found[found["study"] == name][columns].reset_index(drop=True)
