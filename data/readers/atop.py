"""Alliance Treaty Obligations and Provisions: states by year."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.readers.cells import numbers
from data.readers.files import load
from data.readers.layout import tidy


def state_years(path: Path | str) -> pd.DataFrame:
    """One row a state, year and alliance in force: ``ccode``, ``year``, ``atopid``.

    Raises
    ------
    InputError
        For a fault of the file, or where the alliances listed are not as many as ``number`` says.
    """
    raw = load(path)
    frame = tidy(raw, "atop.state_year")
    headers = [name for name in raw.columns if re.fullmatch(r"atopid\d+", name)]
    if not headers:
        raise InputError("no column atopid1", "the columns atopid1, atopid2, ...", file=path, row=1)
    parts = []
    for header in headers:
        ids = numbers(raw.columns[header], raw.lines, raw.file, header, missing=(0,), whole=True)
        part = frame[["ccode", "year"]].assign(atopid=ids.to_numpy())
        parts.append(part[part["atopid"].notna()])
    long = pd.concat(parts).astype({"atopid": "int64"})
    listed = long.groupby(level=0).size().reindex(frame.index, fill_value=0)
    wrong = frame["alliances"].notna() & (frame["alliances"] != listed)
    if wrong.any():
        line = int(frame.index[wrong][0])
        raise InputError(
            f"{listed[line]} alliances",
            f"{frame.loc[line, 'alliances']:.0f} as in number",
            file=path,
            row=line,
        )
    return long.sort_index(kind="stable")
