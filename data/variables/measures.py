"""Tables from which the dimensions of an alliance are measured: depth, capacity and scope.

Benson & Clinton (2016) describe alliances by three latent dimensions. The columns of
depth are the nine provisions of `data.treaties.provisions`. Those of the other two are read off
the columns of the same archive file by their contents, since the file carries no list
of which column served which dimension: treat them as this project's reading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from data.common.errors import InputError
from data.facts.bundled import fact
from data.sources.registry import file_of
from data.tables.reading import official
from data.treaties.provisions import CODER, PROVISIONS, Coding, atop, benson_clinton, coded

Dimension = Literal["depth", "capacity", "scope", "embeddedness"]
Source = Literal["benson-clinton", "atop", "atop-4.01", "bundled", "bundled-practice"]

FILES: dict[str, tuple[str, str]] = {
    "benson-clinton": ("benson_clinton.main", ""),
    "atop": ("atop.alliance", "5.1"),
    "atop-4.01": ("atop.alliance", "4.01"),
}
"""The table, and its version, behind a source that is not bundled."""

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
    coding: Coding = "binary",
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
        See `data.treaties.provisions`.
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
            f"--data DIR, a folder that holds {file_of(*FILES[source]).path}, or --source bundled, which needs none",
        )
    elif source == "benson-clinton":
        table = _archive(data, dimension, coding, complete_in_file)
    else:
        table = atop(data, FILES[source][1], coding=coding)
    return table[table.drop(columns="atopid").notna().any(axis=1)].reset_index(drop=True)


def _archive(data: str | Path, dimension: Dimension, coding: Coding, complete: bool) -> pd.DataFrame:
    rows = "complete" if complete else ""
    if dimension == "depth":
        table = benson_clinton(data, coding=coding, rows=rows)
    else:
        names = {"atopid": "atopid", **COLUMNS[dimension]}
        table = official(data, *FILES["benson-clinton"], rows)[list(names)].rename(columns=names)
        table = table.astype(dict.fromkeys(COLUMNS[dimension].values(), float))
    return table


def _bundled(coding: Coding, coder: str) -> pd.DataFrame:
    raw = fact("us_treaties")
    raw = raw[raw["coder"] == coder].reset_index(drop=True)
    table = raw[list(PROVISIONS)].copy()
    table.insert(0, "atopid", raw["treaty_id"])
    # The bundled file keeps ATOP's numbers of milaid (0-4), base (0-3) and organ1 (0-3).
    return coded(table, coding)
