"""Lists of contributors from the official files, each in the shape of `data.lists`.

Every function returns entries of complete lists for the operations of a spec, and opens one step of the
ledger in which all rows of its file are accounted for.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.bundled_panel import complete_lists
from data.facts import Facts
from data.ledger import Ledger
from data.lists import COLUMNS, entries_from
from data.readers.iiss import deployments
from data.readers.ipi import contributions
from data.readers.placemats import dated
from data.reading import read_once
from data.spec import PanelSpec
from data.tables import find_file

IISS = "isaf_gannon_kent/iiss_deployment.csv"
PLACEMATS = "isaf_gannon_kent/nato_placemats__commit015d5f6_with_dates.csv"
IPI = "ipi_ppp/Gender.Full.csv"
PLACEMAT_OPERATIONS = ("ISAF", "Afghanistan")


def iiss_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Lists of the Military Balance: one a year and operation, from the edition of the year after.

    A state's rows of one operation are added up. Cells that hold no number ("some", "FF") leave the state
    named without a number, unless another of its rows has one.
    """
    frame = read_once(deployments, find_file(data, IISS))
    labels = Facts()("iiss_labels")
    out = []
    for name in operations.index:
        step = f"IISS rows, {name}"
        rows = ledger.start(step, frame)
        labelled = _labelled(rows, labels[labels["operation"] == name])
        rows = ledger.leave_out(step, rows, ~labelled, "not this operation")
        rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
        rows = _within(spec, operations, name, rows, ledger, step)
        ledger.finish(step, rows, into=entries_from("iiss"))
        by_state = rows.groupby(["year", "ccode"], as_index=False)["troops"].sum(min_count=1)
        dates = pd.to_datetime(by_state["year"].astype(int).astype(str) + "-07-01")
        edition = (by_state["year"] + 1).astype(int).astype(str)
        out.append(by_state.assign(operation=name, date=dates, list="IISS edition " + edition))
    return _lists(out)


def placemat_lists(
    spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """NATO's placemats of ISAF: several dated lists a year, 2007-2014.

    Of two rows for one state on one date (a misprinted name) the larger stands.
    """
    frame = read_once(dated, find_file(data, PLACEMATS))
    out = []
    for name in operations.index:
        step = f"NATO placemat rows, {name}"
        rows = ledger.start(step, frame)
        other = name not in PLACEMAT_OPERATIONS
        rows = ledger.leave_out(step, rows, rows["date"].isna() | other, "not this operation")
        rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
        rows = _within(spec, operations, name, rows, ledger, step)
        twice = rows.sort_values("troops", ascending=False).duplicated(["date", "ccode"]).reindex(rows.index)
        rows = ledger.leave_out(step, rows, twice, "second row of a state on the list")
        ledger.finish(step, rows, into=entries_from("nato"))
        out.append(rows.assign(operation=name, list="NATO placemat " + rows["date"].dt.strftime("%Y-%m-%d")))
    return _lists(out)


def un_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Troops (no police, no experts) of UN missions on the last day of each month, 2009-11 to 2014-02."""
    frame = read_once(contributions, find_file(data, IPI))
    out = []
    for name in operations.index:
        step = f"UN mission rows, {name}"
        rows = ledger.start(step, frame)
        rows = ledger.leave_out(step, rows, rows["mission"] != name, "another mission")
        rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
        rows = _within(spec, operations, name, rows, ledger, step)
        ledger.finish(step, rows, into=entries_from("un"))
        out.append(rows.assign(operation=name, list="IPI " + rows["date"].dt.strftime("%Y-%m-%d")))
    return _lists(out)


def fact_lists(
    spec: PanelSpec, data: str | Path | None, operations: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """Complete lists of the bundled facts."""
    step = "bundled list entries"
    rows = complete_lists(spec, Facts(data)("contributions"), operations, ledger, step)
    ledger.finish(step, rows, into=entries_from("facts"))
    return _lists([rows])


def _labelled(rows: pd.DataFrame, labels: pd.DataFrame) -> pd.Series:
    """Tell the rows that carry one of the labels of an operation, at one of its places."""
    hit = pd.Series(False, index=rows.index)
    place = rows["location"].fillna("").astype(str)
    for label in labels.itertuples():
        hit |= rows[str(label.column)].eq(label.label).fillna(False) & place.str.match(str(label.location))
    return hit.astype(bool)


def _within(
    spec: PanelSpec, operations: pd.DataFrame, name: str, rows: pd.DataFrame, ledger: Ledger, step: str
) -> pd.DataFrame:
    """Leave out years outside the spec or the operation's life (an edition may list what is only planned)."""
    first, last = operations.loc[name, ["first_year", "last_year"]].astype(float)
    first, last = max(first, spec.years[0]), min(spec.years[1] if pd.isna(last) else last, spec.years[1])
    return ledger.leave_out(step, rows, ~rows["year"].between(first, last), f"outside {first:g}-{last:g}")


def _lists(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of entries, codes as float."""
    table = pd.concat([part[list(COLUMNS)].astype({"ccode": float}) for part in parts], ignore_index=True)
    return table.astype({"troops": float})
