"""The fact tables that travel with the code, checked as they are read.

A folder of the user that holds ``contributions.csv`` (itself, or in its sub-folder ``facts`` or ``bundled``)
replaces the bundled tables, all of them together; a table missing there is an error.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.common.refuse import refuse
from data.facts import BUNDLED
from data.sources.verify import provenance
from data.tables.table import Layout, read_table
from data.treaties.provisions import PROVISIONS

TABLES: dict[str, Layout] = {
    "states": Layout(("ccode", "iso3", "state", "since"), ("ccode",), ("ccode", "since")),
    "operations": Layout(
        (
            "operation",
            "title",
            "leader",
            "leaders",
            "theatre",
            "first_year",
            "last_year",
            "listed_as",
            "source",
        ),
        ("operation",),
        ("leader", "first_year", "last_year"),
    ),
    "us_coalitions": Layout(
        (
            *("operation", "title", "target", "start_year", "end_year", "leaders", "frame", "kind"),
            *("mandate", "included", "placebo", "why"),
        ),
        ("operation",),
        ("start_year", "end_year"),
    ),
    "coalition_lists": Layout(
        (
            *("operation", "source", "name", "first_year", "last_year", "ever"),
            *("complete_for", "unknown", "note"),
        ),
        ("operation", "source", "name"),
        ("first_year", "last_year"),
    ),
    "coalition_participants": Layout(
        ("operation", "state", "ccode", "doubtful", "source"), ("operation", "ccode"), ("ccode",)
    ),
    "iiss_labels": Layout(
        ("operation", "column", "label", "location", "note"), ("operation", "column", "label", "location")
    ),
    "contributions": Layout(
        ("operation", "snapshot_date", "country", "ccode", "troops", "coverage", "measure", "source_title"),
        ("operation", "snapshot_date", "ccode", "source_title", "measure"),
        ("ccode", "troops"),
        {"troops": 0},
        counts=("troops",),
        dates=("snapshot_date",),
    ),
    "un_agreement": Layout(
        ("ccode", "year", "pct_agree_all_votes", "idealpoint"),
        ("ccode", "year"),
        ("ccode", "year", "pct_agree_all_votes", "idealpoint"),
        {"pct_agree_all_votes": 0},
        {"pct_agree_all_votes": 100},
    ),
    "armed_forces": Layout(
        ("iso3", "ccode", "year", "active_personnel"),
        ("iso3", "year"),  # Palestine stands there without a Correlates of War code
        ("ccode", "year", "active_personnel"),
        {"active_personnel": 0},
        counts=("active_personnel",),
    ),
    "population_gdp": Layout(
        ("ccode", "year", "population", "gdp_per_capita", "unit"),
        ("ccode", "year", "unit"),
        ("ccode", "year", "population", "gdp_per_capita"),
        {"population": 1, "gdp_per_capita": 0},
    ),
    "capital_distance": Layout(
        ("ccode", "km_to_kabul", "km_to_baghdad"),
        ("ccode",),
        ("ccode", "km_to_kabul", "km_to_baghdad"),
        {"km_to_kabul": 0, "km_to_baghdad": 0},
        {"km_to_kabul": 20_040, "km_to_baghdad": 20_040},
    ),
    "regime": Layout(
        ("ccode", "year", "indicator", "value"), ("ccode", "year", "indicator"), ("ccode", "year", "value")
    ),
    "us_treaties": Layout(
        ("treaty_id", "coder", "treaty", "in_force_from", "in_force_until", *PROVISIONS),
        ("treaty_id", "coder"),  # several may have coded one treaty
        ("in_force_from", "in_force_until", *PROVISIONS),
        dict.fromkeys(PROVISIONS, 0.0),
        dict.fromkeys(PROVISIONS, 1.0) | {"organisation": 3.0, "military_aid": 4.0, "bases": 3.0},
    ),
    "us_treaty_members": Layout(
        ("treaty_id", "ccode", "entry_year", "exit_year"),
        ("treaty_id", "ccode", "entry_year"),
        ("ccode", "entry_year", "exit_year"),
    ),
    "us_treaty_exits": Layout(
        ("treaty_id", "ccode", "exit_year", "source"), ("treaty_id", "ccode"), ("ccode", "exit_year")
    ),
    "payments": Layout(
        ("operation", "recipient", "recipient_ccode", "payer", "what")  # one cell may hold two codes
    ),
    "pivotal_states": Layout(
        ("source", "conflict_theater", "operations", "pivotal_state", "ccode"), (), ("ccode",)
    ),
    "snapshots": Layout(
        ("operation", "snapshot_date", "coverage", "measure", "n_countries", "sum_troops", "source_title"),
        ("operation", "snapshot_date", "source_title"),
        ("n_countries", "sum_troops"),
        dates=("snapshot_date",),
    ),
}
_OWN = (
    "states",
    "operations",
    "us_treaty_exits",
    "iiss_labels",
    "us_coalitions",
    "coalition_lists",
    "coalition_participants",
)  # this project's tables: never the user's to supply


class Facts:
    """Fact tables from one folder; remembers which files were read, for the provenance of a panel.

    Parameters
    ----------
    folder : path, optional
        The user's folder; the bundled tables where it is None or holds no ``contributions.csv``.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = _folder(folder)
        self.read: list[Path] = []

    def __call__(self, name: str) -> pd.DataFrame:
        """Return table `name`, checked; all columns that the file has."""
        path = (BUNDLED if name in _OWN else self.folder) / f"{name}.csv"
        frame = read_table(path, TABLES[name])
        if name not in _OWN and "ccode" in frame:
            codes, known = frame["ccode"], read_table(BUNDLED / "states.csv", TABLES["states"])["ccode"]
            expected = "a Correlates of War code of data/bundled/states.csv"
            wrong, said = codes.notna() & ~codes.isin(known), "the state code {:g}".format
            refuse(codes, wrong, expected, file=path, lines=codes.index + 2, found=said)
        self.read.append(path)
        return frame

    def provenance(self) -> list[dict[str, str]]:
        """Return one entry a file read: ``file, sha256, source, version``."""
        origin = "bundled facts" if self.folder == BUNDLED else "fact tables of the user"
        return [provenance(path, origin, "codebook.csv") for path in dict.fromkeys(self.read)]


def fact(name: str) -> pd.DataFrame:
    """Return one checked table of the bundled facts."""
    return Facts()(name)


def _folder(folder: str | Path | None) -> Path:
    if folder is None:
        return BUNDLED
    candidates = [Path(folder), Path(folder) / "facts", Path(folder) / "bundled"]
    return next((place for place in candidates if (place / "contributions.csv").is_file()), BUNDLED)
