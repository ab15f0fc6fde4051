"""Coalitions led by the United States, 1990-2005: a row an operation and state, in the year the operation began.

Who is a coalition is declared in ``bundled/us_coalitions.csv``, what a list of contributors can know in
``bundled/coalition_lists.csv``: whoever disagrees changes a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.coalitions.evidence import (
    LARGE,
    NONE,
    TOKEN,
    coalition_lists,
    complete,
    evidence,
)
from data.common.ledger import Ledger
from data.common.refuse import refuse
from data.facts import BUNDLED
from data.facts.bundled import TABLES
from data.names.states import state_names
from data.tables.reading import official
from data.tables.table import read_table
from data.variables.coalition_ties import UNITED_STATES, with_ties
from data.variables.hierarchy import with_hierarchy

STEP = "operation x state rows"
FRAMES = {"nato": "NATO", "un": "UN", "ad_hoc": "ad hoc"}
WORDS = {
    "frame": ("UN", "NATO", "ad hoc", "other"),
    "kind": ("war", "intervention", "peace operation"),
    "included": ("yes", "no"),
    "placebo": ("yes", "no"),
}
OUTCOMES = {"participated": "any", "participated_100": "hundred", "log_troops": "troops"}


@dataclass(frozen=True)
class Coalitions:
    """Rows of the coalitions, and what became of everything that is no row.

    Attributes
    ----------
    operations : DataFrame
        ``us_coalitions`` with ``any``, ``hundred``, ``troops`` (what its lists can speak for) and the number of
        contributors that are named, by source.
    rows : DataFrame
        ``operation, ccode, state, target, year, least, most`` (0 none, 1 fewer than 100, 2 100 and more),
        ``troops`` (persons, NaN where not known), ``named``, ``conflict``, outcomes ``participated``,
        ``participated_100`` (0/1) and ``log_troops`` (log(1 + troops)), NaN where the lists of the operation
        cannot say; ``included``, ``placebo``, ``nato``, ``un``, ``ad_hoc``, ``war``, ``intervention``,
        ``un_mandate``, ``regional`` (0/1); the predictors of `data.variables.coalition_ties.PREDICTORS` and
        `data.variables.hierarchy.HIERARCHY`.
    ledger : DataFrame
        ``step, reason, rows, troops``.
    """

    operations: pd.DataFrame
    rows: pd.DataFrame
    ledger: pd.DataFrame


def us_coalitions(folder: str | Path, operations: str | Path | None = None) -> Coalitions:
    """Build the rows of all coalitions that are included, and of the missions that serve as placebo.

    Parameters
    ----------
    folder : path
        The data folder.
    operations : path, optional
        A table in place of ``bundled/us_coalitions.csv``.

    Raises
    ------
    InputError
        Where a source or a table is missing or malformed.
    """
    table = coalition_table(operations)
    used = table[(table["included"] == "yes") | (table["placebo"] == "yes")]
    ledger = Ledger()
    rows = _grid(Path(folder), used)
    known, named = evidence(folder, used, rows[["operation", "ccode"]])
    _account_for_names(named, ledger)
    rows = rows.merge(known, on=["operation", "ccode"], how="left", validate="one_to_one")
    rows = (
        with_hierarchy(folder, with_ties(folder, rows)).drop(columns="troops").assign(persons=rows["troops"])
    )
    ledger.start(STEP, rows)
    for reason, out in (
        ("the United States, whose ties count", rows["ccode"] == UNITED_STATES),
        ("the target or another theatre state", _theatre(rows, used)),
        ("no armed forces in the year before", rows["milper"] == 0),
        ("no list of contributors of the operation is at hand", rows["least"].isna()),
    ):
        rows = ledger.leave_out(STEP, rows, out.reindex(rows.index), reason)
    rows = ledger.finish(STEP, rows).reset_index(drop=True)
    rows = _with_outcomes(rows, used)
    for outcome, asked in OUTCOMES.items():
        _account_for(outcome, asked, rows, ledger)
    return Coalitions(_counted(table, rows), rows, ledger.as_frame().drop(columns="troops"))


def coalition_table(path: str | Path | None = None) -> pd.DataFrame:
    """The declared operations, checked: ``bundled/us_coalitions.csv`` or a table of the same columns.

    Raises
    ------
    InputError
        With file, row and column of the first fault.
    """
    file = Path(path) if path is not None else BUNDLED / "us_coalitions.csv"
    table = read_table(file, TABLES["us_coalitions"])

    def refused(column: str, wrong: pd.Series, expected: str) -> None:
        refuse(table[column], wrong, expected, file=file, lines=table.index + 2)

    for column, words in WORDS.items():
        refused(column, ~table[column].isin(words), f"one of {', '.join(words)}")
    used = (table["included"] == "yes") | (table["placebo"] == "yes")
    codes = table["target"].astype("str").str.fullmatch(r"[1-9]\d{0,2}(;[1-9]\d{0,2})*").fillna(False)
    refused("target", used & ~codes.astype(bool), "state codes separated by semicolons")
    refused("start_year", used & table["start_year"].isna(), "the year in which it began")
    both = (table["included"] == "yes") & (table["placebo"] == "yes")
    refused("placebo", both, "no, where the coalition is included")
    return table


def _grid(folder: Path, operations: pd.DataFrame) -> pd.DataFrame:
    """Every state that was in the system at the end of the year in which an operation began."""
    states = official(folder, "cow_states.spells", "2016 R")
    grid = operations.merge(states, how="cross")
    ends = pd.to_datetime({"year": grid["end_year_y"], "month": grid["end_month"], "day": grid["end_day"]})
    there = (grid["start_year_y"] <= grid["start_year_x"]) & (
        (ends.dt.year > grid["start_year_x"])
        | ((ends.dt.year == grid["start_year_x"]) & (ends.dt.month == 12) & (ends.dt.day == 31))
    )
    grid = grid[there]
    flag = {name: (grid["frame"] == frame).astype(float) for name, frame in FRAMES.items()}
    out = pd.DataFrame(
        {
            "operation": grid["operation"],
            "ccode": grid["ccode"].astype(int),
            "state": grid["ccode"].map(state_names()),
            "target": grid["target"].astype("str").str.split(";").str[0].astype(int),
            "year": grid["start_year_x"].astype(int),
            "included": (grid["included"] == "yes").astype(int),
            "placebo": (grid["placebo"] == "yes").astype(int),
            **flag,
            "war": (grid["kind"] == "war").astype(float),
            "intervention": (grid["kind"] == "intervention").astype(float),
            "un_mandate": grid["mandate"].notna().astype(float),
            # NATO, or another organisation of a region: the frames that are neither the UN nor ad hoc.
            "regional": grid["frame"].isin(["NATO", "other"]).astype(float),
        }
    )
    return out.reset_index(drop=True)


def _theatre(rows: pd.DataFrame, operations: pd.DataFrame) -> pd.Series:
    inside = {
        (name, int(code))
        for name, codes in zip(operations["operation"], operations["target"], strict=True)
        for code in str(codes).split(";")
    }
    found = [pair in inside for pair in zip(rows["operation"], rows["ccode"], strict=True)]
    return pd.Series(found, rows.index)


def _with_outcomes(rows: pd.DataFrame, operations: pd.DataFrame) -> pd.DataFrame:
    """What the lists can say: an outcome is missing where no list of the operation is complete for it."""
    can = complete().reindex(operations["operation"]).fillna(False).astype(bool)
    covers = {f"covers_{name}": rows["operation"].map(can[name]).astype(bool) for name in can}
    out = rows.assign(**covers).rename(columns={"persons": "troops"})
    least, most = out["least"].astype(int), out["most"].astype(int)
    any_ = (least >= TOKEN).astype(float).where((least >= TOKEN) | (most == NONE))
    large = (least == LARGE).astype(float).where((least == LARGE) | (most < LARGE))
    return out.assign(
        least=least,
        most=most,
        participated=any_.where(out["covers_any"]),
        participated_100=large.where(out["covers_hundred"]),
        log_troops=np.log1p(out["troops"].where(out["covers_troops"])),
    )


def _account_for_names(named: pd.DataFrame, ledger: Ledger) -> None:
    for source, rows in named.groupby("source", sort=False):
        step = f"contributors named, {source}"
        ledger.start(step, rows)
        rows = ledger.leave_out(step, rows, ~rows["row"], "no state of the system when the operation began")
        ledger.finish(step, rows)


def _account_for(outcome: str, asked: str, rows: pd.DataFrame, ledger: Ledger) -> None:
    step = f"rows for {outcome}"
    rows = ledger.start(step, rows.drop(columns="troops"))
    for reason, out in (
        ("of a mission that serves as placebo", rows["included"] == 0),
        ("no list of the operation can speak for it", ~rows[f"covers_{asked}"]),
        ("sources contradict each other", rows["conflict"] != ""),
        ("named without a number, or silent on this state", rows[outcome].isna()),
    ):
        rows = ledger.leave_out(step, rows, out.reindex(rows.index), reason)
    ledger.finish(step, rows)


def _counted(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Operations with the outcomes that their lists can speak for, and numbers of rows and contributors."""
    lists = coalition_lists()
    used = lists[lists["complete_for"] != "aside"]
    said = used["source"] + " (" + used["complete_for"] + ")"
    by = rows.groupby("operation")
    counts = pd.DataFrame(
        {
            "lists": said.groupby(used["operation"]).agg("; ".join),
            "rows": by.size(),
            "contributors": by["least"].agg(lambda v: int((v >= TOKEN).sum())),
            "of_100": by["least"].agg(lambda v: int((v == LARGE).sum())),
            "known_none": by["most"].agg(lambda v: int((v == NONE).sum())),
            "contradicted": by["conflict"].agg(lambda v: int((v != "").sum())),
        }
    )
    return table.merge(counts.join(complete()), left_on="operation", right_index=True, how="left")
