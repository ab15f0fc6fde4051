"""Tables from which the dimensions of an alliance are measured: depth, capacity and scope.

Benson & Clinton (2016) describe alliances by three latent dimensions. The columns of
depth are the nine provisions of `data.provisions`. Those of the other two are read off
the columns of the same archive file by their contents, since the file carries no list
of which column served which dimension: treat them as this project's reading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from data.errors import InputError
from data.facts import fact
from data.provisions import CODER, PROVISIONS, atop, benson_clinton
from data.tables import check_key, find_file

Dimension = Literal["depth", "capacity", "scope", "embeddedness"]
Source = Literal["benson-clinton", "atop", "atop-4.01", "bundled", "bundled-practice"]

BENSON_CLINTON_FILE = "benson_clinton/BensonClintonMainNonAggression.dta"
FILES: dict[str, str] = {
    "benson-clinton": BENSON_CLINTON_FILE,
    "atop": "atop_v5/atop5_1a.csv",
    "atop-4.01": "atop_v4/atop4_01a.csv",
}

#: Who coded the provisions.
CODERS: dict[str, str] = {
    "benson-clinton": "Benson & Clinton 2016, after ATOP",
    "atop": f"{CODER} 5.1",
    "atop-4.01": f"{CODER} 4.01",
    "bundled": f"{CODER} 5.1",
    "bundled-practice": "practice",
}

#: Column of the archive file -> name here, by dimension; the first is the anchor of its sign.
COLUMNS: dict[str, dict[str, str]] = {
    "capacity": {
        "lsumcap": "capability_sum_log",
        "lallycount": "members_log",
        "maxmajpow": "major_power",
        "ldistance": "distance_log",
        "polity": "democracy",
        "s_wt_glo": "policy_similarity",
    },
    "scope": {
        "defenseatop": "defence",
        "offenseatop": "offence",
        "neutatop": "neutrality",
        "nagatop": "nonaggression",
        "consultatop": "consultation",
        "conditio": "conditional",
        "specthrt": "specific_threat",
    },
}


def anchor(dimension: Dimension) -> str:
    """The column whose loading is positive, so that the score's direction has a meaning."""
    fixed = {"depth": "bases", "embeddedness": "joint_organisations"}
    return fixed.get(dimension) or next(iter(COLUMNS[dimension].values()))


def measurement_table(
    source: Source,
    data: str | Path | None,
    *,
    dimension: Dimension = "depth",
    coding: Literal["binary", "published"] = "binary",
    complete_in_file: bool = False,
) -> pd.DataFrame:
    """Read the table behind a dimension.

    Parameters
    ----------
    source : {"benson-clinton", "atop", "atop-4.01", "bundled", "bundled-practice"}
        The archive file of Benson & Clinton, a release of ATOP, or the treaties of the United States
        that come with the project: sixteen as ATOP codes them, fifteen as read from texts and practice.
    data : path or None
        The data folder; not needed for the bundled ones.
    dimension : {"depth", "capacity", "scope"}
        Only "benson-clinton" has the inputs of the last two.
    coding : {"binary", "published"}
        See `data.provisions`.
    complete_in_file : bool
        For "benson-clinton": keep only alliances without a gap in any column of the file,
        used or not (the 492 of the published scores).

    Returns
    -------
    DataFrame
        ``atopid`` and one column a provision, NaN missing; rows without any value left out.
    """
    if dimension == "embeddedness":
        raise InputError("dimension 'embeddedness' of a treaty", "a dyad: see workflows.depth.embeddedness")
    if dimension != "depth" and source != "benson-clinton":
        raise InputError(
            f"dimension {dimension!r} of {source}", "--source benson-clinton, which has its inputs"
        )
    if source.startswith("bundled"):
        table = _bundled(coding, CODERS[source])
    elif data is None:
        raise InputError(
            "no data folder",
            f"--data DIR, a folder that holds {FILES[source]}, or --source bundled, which needs none",
        )
    elif source == "benson-clinton":
        table = _archive(data, dimension, coding, complete_in_file)
    else:
        table = atop(data, "4.01" if source == "atop-4.01" else "5.1", coding=coding)
    return table[table.drop(columns="atopid").notna().any(axis=1)].reset_index(drop=True)


def _archive(data: str | Path, dimension: Dimension, coding, complete: bool) -> pd.DataFrame:
    path = find_file(data, BENSON_CLINTON_FILE)
    if dimension == "depth":
        table = benson_clinton(data, coding=coding)
        whole = read_archive(path) if complete else None
    else:
        whole = read_archive(path)
        absent = [c for c in COLUMNS[dimension] if c not in whole]
        if absent:
            raise InputError("no such column", f"a column {absent[0]!r}", file=path, column=absent[0])
        table = whole.rename(columns=COLUMNS[dimension])[["atopid", *COLUMNS[dimension].values()]].astype(
            float
        )
        table["atopid"] = table["atopid"].astype(int)
    if complete and whole is not None:
        keep = whole.loc[whole.notna().all(axis=1), "atopid"].astype(int)
        table = table[table["atopid"].isin(keep)]
    return table


def read_archive(path: Path) -> pd.DataFrame:
    """Read the whole archive file, every column as it stands."""
    try:
        raw = pd.read_stata(path, convert_categoricals=False)
    except (ValueError, EOFError, OSError) as error:
        raise InputError(f"a file that cannot be read ({error})", "a Stata file", file=path) from None
    if "atopid" not in raw:
        raise InputError("no such column", "a column 'atopid'", file=path, column="atopid")
    check_key(raw, ["atopid"], path)
    return raw


def _bundled(coding: str, coder: str) -> pd.DataFrame:
    raw = fact("us_treaties")
    raw = raw[raw["coder"] == coder].reset_index(drop=True)
    table = raw[list(PROVISIONS)].copy()
    table.insert(0, "atopid", raw["treaty_id"])
    # The bundled file keeps ATOP's numbers of milaid (0-4), base (0-3) and organ1 (0-3).
    kinds = ["military_aid", "bases"] if coding == "binary" else []
    for name in kinds:
        table[name] = (table[name] > 0).astype(float).where(table[name].notna())
    return table
