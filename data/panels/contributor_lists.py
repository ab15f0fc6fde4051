"""Lists of contributors from the official files, each in the shape of `data.assembly.lists`.

Every function returns entries of complete lists for the operations of a spec, and opens one step of the
ledger in which all rows of its file are accounted for.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.assembly.added_up import finish_by_name, repeats, totals, with_unread_lines_unknown
from data.assembly.lists import COLUMNS, entries_from
from data.assembly.spec import PanelSpec
from data.common.ledger import Ledger
from data.facts.bundled import Facts
from data.panels.bundled import complete_lists
from data.sources.official_files import LISTS
from data.tables.reading import official

PLACEMAT_OPERATIONS = ("ISAF", "Afghanistan")


def iiss_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Lists of the Military Balance: one a year and operation, from the edition of the year after.

    A state's rows of one operation are added up; a row that repeats another in every column is left out. Cells
    that hold no number ("some", "FF", nothing) leave the state named without a number, whatever its other rows
    say.
    """
    frame = official(data, *LISTS["iiss"])
    labels = Facts()("iiss_labels")
    out = []
    for name in operations.index:
        step = f"IISS rows, {name}"
        ours = labelled(frame, labels[labels["operation"] == name])
        rows = _of(spec, operations.loc[name], frame, ours, "not this operation", ledger, step)
        again = repeats(rows, [column for column in frame.columns if column != "problem"]) > 0
        rows = ledger.leave_out(step, rows, again, "repeats another row in every column")
        rows = with_unread_lines_unknown(rows, ["year", "ccode"], ledger, step)
        _finish(rows, ledger, step, f"IISS cells, {name}", "iiss")
        by_state = totals(rows, ["year", "ccode"])
        dates = pd.to_datetime(by_state["year"].astype(int).astype(str) + "-07-01")
        edition = (by_state["year"] + 1).astype(int).astype(str)
        out.append(by_state.assign(operation=name, date=dates, list="IISS edition " + edition))
    return _lists(out)


def placemat_lists(
    spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """NATO's placemats of ISAF: several dated lists a year, 2007-2014.

    Of two rows for one state on one date (a misprinted name) the larger stands, and none if one is unread.
    """
    frame = official(data, *LISTS["nato"])
    out = []
    for name in operations.index:
        step = f"NATO placemat rows, {name}"
        ours = frame["date"].notna() & (name in PLACEMAT_OPERATIONS)
        rows = _of(spec, operations.loc[name], frame, ours, "not this operation", ledger, step)
        larger = rows.sort_values("troops", ascending=False, na_position="first", kind="stable")
        twice = larger.duplicated(["date", "ccode"]).reindex(rows.index)
        rows = ledger.leave_out(step, rows, twice, "second row of a state on the list")
        _finish(rows, ledger, step, f"NATO placemat cells, {name}", "nato")
        out.append(rows.assign(operation=name, list="NATO placemat " + rows["date"].dt.strftime("%Y-%m-%d")))
    return _lists(out)


def un_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Troops (no police, no experts) of UN missions on the last day of each month, 2009-11 to 2014-02.

    Columns as in `data.assembly.lists.COLUMNS`.
    """
    frame = official(data, *LISTS["un"])
    out = []
    for name in operations.index:
        step = f"UN mission rows, {name}"
        ours = frame["mission"] == name
        rows = _of(spec, operations.loc[name], frame, ours, "another mission", ledger, step)
        ledger.finish(step, rows, into=entries_from("un"))
        out.append(rows.assign(operation=name, list="IPI " + rows["date"].dt.strftime("%Y-%m-%d")))
    return _lists(out)


def fact_lists(
    spec: PanelSpec, data: str | Path | None, operations: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """Complete lists of the bundled facts, with the columns of `un_lists`."""
    step = "bundled list entries"
    rows = complete_lists(spec, Facts(data)("contributions"), operations, ledger, step)
    ledger.finish(step, rows, into=entries_from("facts"))
    return _lists([rows])


def _finish(rows: pd.DataFrame, ledger: Ledger, step: str, cells: str, source: str) -> None:
    """Close the step of an official file, naming its unread lines by what is printed there."""
    printed = rows["troops_text"].map(lambda cell: repr(str(cell)), na_action="ignore")
    said = rows["state_name"].astype(str) + ", " + printed.fillna("an empty cell") + ": not read"
    lines = [f"row {line}" for line in rows.index]
    finish_by_name(rows, lines, list(said), ledger, step, cells, into=entries_from(source))


def labelled(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.Series:
    """Tell the rows that carry one of the labels of an operation, at one of its places."""
    hit = pd.Series(False, index=rows.index)
    place = rows["location"].fillna("").astype(str)
    for label in labels.itertuples():
        hit |= rows[str(label.column)].eq(label.label).fillna(False) & place.str.match(str(label.location))
    return hit.astype(bool)


def _of(
    spec: PanelSpec,
    operation: pd.Series,
    frame: pd.DataFrame,
    ours: pd.Series,
    other: str,
    ledger: Ledger,
    step: str,
) -> pd.DataFrame:
    """Open a step with a file's rows, and leave out those of other operations, of no state, and of other years.

    Years are those of the spec in the operation's life: an edition may list what is only planned.
    """
    rows = ledger.leave_out(step, ledger.start(step, frame), ~ours, other)
    rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
    first, last = operation[["first_year", "last_year"]].astype(float)
    first, last = max(first, spec.years[0]), min(spec.years[1] if pd.isna(last) else last, spec.years[1])
    return ledger.leave_out(step, rows, ~rows["year"].between(first, last), f"outside {first:g}-{last:g}")


def _lists(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of entries, codes as float."""
    table = pd.concat([part[list(COLUMNS)].astype({"ccode": float}) for part in parts], ignore_index=True)
    return table.astype({"troops": float})
