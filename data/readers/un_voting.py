"""Ideal points and agreement scores of the UN General Assembly, in every release."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.refuse import refuse
from data.names.states import cow_codes
from data.readers.files import load, plain
from data.readers.layout import refuse_repeats, tidy

# A normal posterior: the distance between its 5 % and 95 % quantiles in standard deviations.
_SD_BETWEEN = 2 * 1.6448536269514722

LEADERS = {"usa": 2, "russia": 365, "brazil": 140, "china": 710, "india": 750, "israel": 666}
_MARKS = {
    "un_ideal_points.jun2024": {"q5all", "session", "usagree"},
    "un_ideal_points.jul2025": {"q5all", "year", "idealpointlegacy"},
    "un_ideal_points.release2018": {"ci5", "session", "pctagreeus"},
    "un_ideal_points.published": {"nfull", "session", "pctagreeus"},
}


def ideal_points(path: Path | str) -> pd.DataFrame:
    """Ideal points with their measurement error, and agreement with six powers where the release has it.

    Parameters
    ----------
    path : path
        Any release: June 2024 (csv), July 2025 (dta), sessions 1-73 (dta), sessions 1-70 (tab).

    Returns
    -------
    DataFrame
        Index ``line``. Columns of the release's table; ``ccode``, ``year`` (session + 1945 where the release
        goes by session), ``ideal_point``, ``ideal_point_sd`` (its posterior standard deviation, from the 5 %
        and 95 % quantiles under a normal posterior; missing where the release has none) and ``release``.

    Raises
    ------
    InputError
        For a file that is none of the releases, or a fault of one.
    """
    raw = load(path)
    headers = {plain(header) for header in raw.columns}
    releases = [name for name, marks in _MARKS.items() if marks <= headers]
    if len(releases) != 1:
        raise InputError(
            f"the columns {list(raw.columns)[:6]}",
            "a release of the UN ideal points in the registry",
            file=path,
            row=1,
        )
    frame = tidy(raw, releases[0])
    if "year" not in frame:
        frame["year"] = frame["session"] + 1945
    frame["ccode"] = cow_codes(frame["ccode"], frame["year"]).astype("int64")
    refuse_repeats(frame, ["ccode", "year"], path)
    _refuse_disorder(frame, path)
    frame["ideal_point_sd"] = (frame["q95"] - frame["q5"]) / _SD_BETWEEN if "q95" in frame else np.nan
    frame["release"] = releases[0].partition(".")[2]
    return frame


def _refuse_disorder(frame: pd.DataFrame, path: Path | str) -> None:
    """Quantiles that do not rise mean swapped columns."""
    names = [name for name in ("q5", "q10", "q50", "q90", "q95") if name in frame]
    for lower, upper in pairwise(names):
        wrong, said = frame[lower] > frame[upper], f"{lower} above {upper}"
        refuse(frame[upper], wrong, "quantiles that rise", file=path, found=said)


def agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """Agreement in long form, from `ideal_points`: ``ccode``, ``leader`` (COW code), ``year``, ``agreement`` (0 to 1).

    Raises
    ------
    InputError
        If the release has no agreement scores, as that of July 2025.
    """
    columns = {f"agree_{name}": code for name, code in LEADERS.items() if f"agree_{name}" in frame}
    if not columns:
        raise InputError("a release without agreement scores", "June 2024 or an earlier release")
    long = frame.melt(["ccode", "year"], list(columns), "leader", "agreement", ignore_index=False)
    long["leader"] = long["leader"].map(columns).astype("int64")
    return long.dropna(subset=["agreement"])
