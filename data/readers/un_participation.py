"""Who took part in operations of the United Nations before the monthly lists by mission."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.common.refuse import refuse
from data.names.states import ccodes_of_names, ended_states
from data.readers.layout import read

#: One contributor of Geo-PKO's text: a name, which may hold brackets itself, and a number or "size unknown".
_ENTRY = re.compile(r"(?P<name>.+?) \((?P<size>\d+(?:\.\d+)?|size unknown)\)(?:, |$)")

MOST = 100_000


def geopko(path: Path | str) -> pd.DataFrame:
    """Contributors by mission, year and place: ``mission``, ``year``, ``location``, ``contributor``, ``ccode``.

    ``troops`` (persons) is missing where the size is unknown. ``ccode`` is missing for what is no state
    ("Multinational", "TCC name unknown"). A row a contributor and place; the index is the line of the place.

    Raises
    ------
    InputError
        For a fault of the file, a text that is no list of contributors, or a number of contributors
        that the text does not have.
    """
    frame = read(path, "geopko.location")
    rows = []
    for line, text in frame["overview"].items():
        entries = list(_ENTRY.finditer(text))
        if "".join(entry.group(0) for entry in entries) != text:
            expected = "contributors such as 'Ghana (650), Nepal (size unknown)'"
            raise InputError(repr(text[:60]), expected, file=path, row=int(str(line)), column="year.overview")
        stated = int(frame.loc[line, "number"])
        if len(entries) != stated:
            found = f"{len(entries)} contributors"
            raise InputError(
                found, f"{stated}, as No.TCC says", file=path, row=int(str(line)), column="year.overview"
            )
        for entry in entries:
            size = entry["size"]
            troops = float("nan") if size == "size unknown" else float(size)
            if troops > MOST:
                expected = f"at most {MOST} persons at one place"
                raise InputError(
                    entry.group(0), expected, file=path, row=int(str(line)), column="year.overview"
                )
            rows.append((line, entry["name"], troops))
    long = pd.DataFrame(rows, columns=["line", "contributor", "troops"]).set_index("line")
    out = frame[["mission", "year", "location", "problem"]].join(long)
    out["ccode"] = ccodes_of_names(
        out["contributor"], out["year"], "geopko", file=path, column="year.overview"
    )
    return out


def listed(path: Path | str) -> pd.DataFrame:
    """Lists of contributors without numbers: ``mission``, ``period``, ``meaning``, ``ccode``, ``doubtful``, ``year``.

    ``year`` is the last that the list speaks of. Names are read as of that year, and a state that ended before
    (Czechoslovakia in UNOSOM I) as of the first.
    """
    frame = read(path, "un_participation.list")
    last = frame["period"].str.extract(r"(\d{4})[-\d]*$")[0]
    first = frame["period"].str.extract(r"^(\d{4})")[0].fillna(last)
    wanted = "a period or a date that ends in a year"
    refuse(frame["period"], last.isna(), wanted, file=path, column="period_or_date")
    frame["year"] = last.astype("int64")
    other = ~frame["doubtful"].isin(["True", "False"])
    refuse(frame["doubtful"], other, "True or False", file=path)
    frame["doubtful"] = frame["doubtful"] == "True"
    ended = frame["state_name"].isin({name for name, _, _ in ended_states().values()}) & (
        first.astype("int64") < frame["year"]
    )
    year = frame["year"].mask(ended, first.astype("int64"))
    frame["ccode"] = ccodes_of_names(frame["state_name"], year, file=path, column="state")
    return frame
