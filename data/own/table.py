"""Bring your own operation: a long table of contributions, and a mapping for other people's column names.

The table has one row per operation, list and state, in csv, tab, dta, xls or xlsx:

- ``operation``: name of the operation
- ``leader``: state that led it, in the same code as ``state``
- ``year``: year of the list, or instead ``date`` (year-month-day)
- ``state``: contributor: a name, an ISO 3166 alpha-3 or numeric code, or a Correlates of War code
- ``troops``: persons; "9,500" is read, "some" leaves the state named without a number
- ``coverage``: ``complete`` (all contributors are named) or ``partial`` (rows stay out), the same in all rows
  of one list; a mapping may name the states for which lists are complete instead (`data.own.coverage`)
- ``theatre``: host states, separated by semicolons (optional)

A mapping (`data.own.mapping`) says what the columns of other people's tables are called.

Rows of one operation, date and state are added up: a contingent may stand in several lines. If one of them has no
number, or none that can be read, the sum is not known.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.assembly.added_up import finish_by_name, repeats, totals, with_unread_lines_unknown
from data.assembly.lists import COLUMNS, entries_from
from data.assembly.spec import PanelSpec
from data.common.errors import InputError
from data.common.ledger import Ledger
from data.common.refuse import refuse
from data.own.cells import cells_of, refuse_blank, without_blank_rows
from data.own.count_cells import read_counts, refuse_unread
from data.own.coverage import covered_states, covers_cells, refuse_mixed, row_coverage
from data.own.mapping import OPTIONAL, REQUIRED, Mapping, read_mapping
from data.own.sheets import line_of, place_of, tables_of
from data.own.state_cells import refuse_outsiders, state_of
from data.readers.cells import is_missing, texts
from data.readers.files import Raw
from data.tables.reading import official

OTHER = "other "
"""What stands in front of the names of columns that the mapping does not use, while lines are compared."""


def read_table(path: str | Path, mapping: Mapping) -> pd.DataFrame:
    """Read a user's table into the documented columns.

    Returns
    -------
    DataFrame
        Index: line of the file. ``operation, leader, ccode, date, troops, coverage, theatre``; leader and
        state as Correlates of War codes (float), `theatre` as codes separated by semicolons ("" where not
        given), `troops` in persons, NaN where a state is named without a number; ``unread`` says what stands
        there then. ``repeats`` names the line that a line repeats in every column, "" for none. ``written`` is
        the state as the file has it, ``covers`` what a column of covered states says, ``sheet`` the sheet ("" for
        none).

    Raises
    ------
    InputError
        A missing column, an empty operation, an unknown state, a date or a coverage that cannot be read, a
        negative count, several sheets of which none is declared, rows of one list that differ in coverage.
    """
    parts = [
        _read_sheet(raw, mapping, constants, place)
        for raw, constants, place in tables_of(Path(path), mapping)
    ]
    table = pd.concat(parts) if len(parts) > 1 else parts[0]
    refuse_mixed(table, path)
    table["repeats"] = _repeats(table)
    return table[[name for name in table.columns if not name.startswith(OTHER)]]


def _read_sheet(raw: Raw, mapping: Mapping, constants: dict[str, str | int], place: str) -> pd.DataFrame:
    raw = without_blank_rows(raw)
    if mapping.coverage is not None:
        constants = {**constants, "coverage": row_coverage(raw, mapping, place)}
    elif constants.get("coverage") == "complete":
        row_coverage(raw, mapping, place)
    cells = cells_of(raw, mapping, constants, place, (*REQUIRED, *OPTIONAL), REQUIRED)
    if "date" not in cells and "year" not in cells:
        raise InputError("neither a year nor a date", "a column 'year' or 'date'", file=place, column="year")
    for name in ("operation", "coverage", *(n for n in ("date", "year") if n in cells)):
        refuse_blank(cells[name], raw.lines, place, name)
    table = pd.DataFrame({"operation": texts(cells["operation"]), "coverage": texts(cells["coverage"])})
    table.index = pd.Index(raw.lines, name="line")
    table["operation"] = table["operation"].replace(mapping.operations)
    table["date"] = dates_of(cells, raw.lines, place)
    years = table["date"].dt.year
    for name, column in (("leader", "leader"), ("state", "ccode")):
        table[column] = [
            code_of(cell, year, mapping, place, line, name)
            for cell, year, line in zip(cells[name], years, raw.lines, strict=True)
        ]
    hosts = cells.get("theatre", pd.Series([""] * len(raw.lines)))
    table["theatre"] = [
        _hosts(cell, year, mapping, place, line)
        for cell, year, line in zip(hosts, years, raw.lines, strict=True)
    ]
    table["troops"], table["unread"] = read_counts(cells["troops"], mapping.marks, raw.lines, place)
    wrong = ~table["coverage"].isin(["complete", "partial"])
    refuse(table["coverage"], wrong, "complete or partial", file=place)
    table["written"] = texts(cells["state"]).to_numpy()
    table["covers"] = covers_cells(raw, mapping, place)
    table["sheet"] = place.partition(", sheet ")[2].strip("'")
    used = {mapping.columns.get(name, name) for name in {*REQUIRED, *OPTIONAL} - set(constants)}
    others = {OTHER + name: texts(cell).to_numpy() for name, cell in raw.columns.items() if name not in used}
    return table.assign(**others)


def _repeats(table: pd.DataFrame) -> list[str]:
    """The line that each line repeats: as read where a column is read, as printed elsewhere."""
    lines = [line_of(sheet, line) for sheet, line in zip(table["sheet"], table.index, strict=True)]
    frame = table.drop(columns=["written", "sheet"]).set_axis(range(1, len(table) + 1))
    return [lines[first - 1] if first else "" for first in repeats(frame, list(frame.columns))]


@lru_cache(maxsize=4)
def _read(table: str, mapping: str | None, _stamp: tuple[int, ...]) -> pd.DataFrame:
    return read_table(table, read_mapping(mapping))


def _table(spec: PanelSpec) -> pd.DataFrame:
    """Read the spec's table once for as long as its files stay as they are."""
    paths = [Path(name) for name in (spec.table, spec.mapping) if name is not None]
    stamp = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)
    return _read(str(spec.table), spec.mapping, stamp)


def own_operations(spec: PanelSpec) -> pd.DataFrame:
    """Operations of the user's table, a line each with the columns of ``operations.csv``, indexed by name."""
    table = _table(spec)
    rows: dict[str, dict[str, Any]] = {}
    for name, group in table.groupby("operation"):
        leaders = group["leader"].dropna().unique()
        if len(leaders) > 1 and spec.leader is None:
            found = " and ".join(f"{code:g}" for code in sorted(leaders))
            raise InputError(
                f"the leaders {found} of {name}", "one, or a leader in the spec", file=spec.table
            )
        hosts = sorted({code for cell in group["theatre"] for code in cell.split(";") if code})
        years = group["date"].dt.year
        rows[str(name)] = {
            "title": name,
            "leader": float(leaders[0]) if len(leaders) else np.nan,
            "theatre": ";".join(hosts),
            "first_year": float(years.min()),
            "last_year": float(years.max()),
            "listed_as": None,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("operation")


def own_span(spec: PanelSpec) -> tuple[int, int]:
    """First and last year of the user's table."""
    years = _table(spec)["date"].dt.year
    return int(years.min()), int(years.max())


def own_coverage(spec: PanelSpec) -> pd.DataFrame | None:
    """The states that each list of the user's table covers; None for all. See `data.own.coverage`."""
    mapping = read_mapping(spec.mapping)
    if mapping.coverage is None:
        return None
    resolve = partial(_resolved, mapping=mapping, place=str(spec.mapping))
    return covered_states(_table(spec), mapping.coverage, resolve)


def _resolved(state: str, year: int, mapping: Mapping, place: str) -> float:
    return code_of(state, year, mapping, place, None, "coverage")


def own_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Entries of the complete lists of the user's table; a contingent with a line without a number has none."""
    step = "rows of one's own table"
    rows = ledger.start(step, _table(spec))
    rows = ledger.leave_out(step, rows, ~rows["operation"].isin(operations.index), "another operation")
    rows = ledger.leave_out(step, rows, rows["coverage"] != "complete", "on a partial list")
    rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
    outside = ~rows["date"].dt.year.between(*spec.years)
    rows = ledger.leave_out(step, rows, outside, f"outside {spec.years[0]}-{spec.years[1]}")
    file = str(spec.table)
    refuse_outsiders(rows, official(data, "cow_states.spells"), file)
    mapping = read_mapping(spec.mapping)
    if mapping.unread == "refuse":
        refuse_unread(rows, file)
    rows = _said_once(rows, file, mapping.repeated, ledger, step)
    key = ["operation", "date", "ccode"]
    rows = with_unread_lines_unknown(rows, key, ledger, step)
    lines = [line_of(sheet, line) for sheet, line in zip(rows["sheet"], rows.index, strict=True)]
    cells = "cells of one's own table"
    finish_by_name(rows, lines, list(rows["unread"]), ledger, step, cells, into=entries_from("table"))
    lists = totals(rows, key)
    lists["list"] = Path(str(spec.table)).name + " " + lists["date"].dt.strftime("%Y-%m-%d")
    return lists[list(COLUMNS)]


def _said_once(rows: pd.DataFrame, file: str, rule: str, ledger: Ledger, step: str) -> pd.DataFrame:
    """Deal as declared with lines that repeat another in every column and would be added up."""
    again = (rows["repeats"] != "") & (rows["troops"] != 0)
    wrong = (again & rows["troops"].notna()).to_numpy()
    if rule == "refuse" and wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"the same as {rows['repeats'].iloc[row]} in every column",
            'each line once, or repeated = "once" or "add" in the mapping',
            file=place_of(file, rows["sheet"].iloc[row]),
            row=int(rows.index[row]),
        )
    if rule == "once":
        rows = ledger.leave_out(step, rows, again, "repeats another line in every column")
    return rows


def dates_of(cells: dict[str, pd.Series], lines: list[int], file: str) -> np.ndarray:
    """Dates, datetime64 of shape (line,), or the middle of a year where the table has years only."""
    if "date" in cells:
        name, written = "date", cells["date"].astype(str).str.slice(0, 10)
        dates = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
    else:
        name, written = "year", cells["year"].astype(str).str.removesuffix(".0")
        dates = pd.to_datetime(written + "-07-01", format="%Y-%m-%d", errors="coerce")
    wanted = "a date year-month-day" if name == "date" else "a year"
    refuse(cells[name], dates.isna(), wanted, file=file, lines=lines, column=name)
    return dates.to_numpy()


def code_of(cell: object, year: int, mapping: Mapping, file: str, line: int | None, column: str) -> float:
    """Correlates of War code of a state as written; NaN for what is known to be no state of the system."""
    try:
        code = state_of(cell, year, mapping.codes, mapping.states)
    except InputError as error:
        raise InputError(error.found, error.expected, file=file, row=line, column=column) from None
    return np.nan if code is None else float(code)


def _hosts(cell: object, year: int, mapping: Mapping, file: str, line: int) -> str:
    parts = [] if is_missing(cell) else [part for part in str(cell).split(";") if part.strip()]
    found = [code_of(part, year, mapping, file, line, "theatre") for part in parts]
    return ";".join(f"{code:g}" for code in found if not np.isnan(code))
