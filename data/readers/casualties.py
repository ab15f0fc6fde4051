"""Deaths of coalition forces by state and year."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.readers.files import load
from data.readers.layout import note, stack, tidy


def annual(path: Path | str) -> pd.DataFrame:
    """Deaths by state and year from a table with one column a state.

    Parameters
    ----------
    path : path
        ``afghan_casualties.csv`` or ``iraq_casualties.xlsx``.

    Returns
    -------
    DataFrame
        Index ``line``; columns ``year``, ``state_name``, ``ccode`` (Int64, missing without a nation),
        ``deaths`` (persons), ``problem``. The column of totals is no state; a year whose states do not add up
        to it, and a year that stands twice, are said in ``problem``.

    Raises
    ------
    InputError
        For a fault of the file or a heading that matches no state.
    """
    raw = load(path)
    headers = list(raw.columns)
    if len(headers) < 2 or headers[0].lower() not in ("year", "", "unnamed: 0"):
        raise InputError(
            f"the headings {headers[:3]}", "a first column of years, then one a state", file=path, row=1
        )
    states = {name: name for name in headers[1:] if name}
    wide = stack(raw, [headers[0]], states, "state_name", "deaths")
    wide.columns["year"] = wide.columns.pop(headers[0])
    frame = tidy(wide, "casualties.annual")
    is_total = frame["state_name"].str.lower().eq("total")
    totals = frame[is_total]["deaths"]
    frame = frame[~is_total].copy()
    sums = frame.groupby(level=0)["deaths"].sum()
    for line, total in totals.items():
        if total != sums[line]:
            where = pd.Series(frame.index == line, index=frame.index)
            note(frame, where, f"the row's total is {total}, its states add up to {sums[line]}")
    return frame.sort_index(kind="stable")
