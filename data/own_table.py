"""Bring your own operation: a long table of contributions, and a mapping for other people's column names.

The table has one row per operation, list and state, in csv, tab, dta, xls or xlsx:

- ``operation``: name of the operation
- ``leader``: state that led it, in the same code as ``state``
- ``year``: year of the list, or instead ``date`` (year-month-day)
- ``state``: contributor: a name, an ISO 3166 alpha-3 or numeric code, or a Correlates of War code
- ``troops``: persons; "9,500" is read, "some" leaves the state named without a number
- ``coverage``: ``complete`` (all contributors are named) or ``partial`` (rows stay out)
- ``theatre``: host states, separated by semicolons (optional)

A mapping is a TOML file. Its ``[columns]`` say which column of the file stands for which of these; what is
the same in every row stands in ``[constants]``, which take precedence; ``[operations]`` renames operations;
``[states]`` says what is read instead of a state as written (``"none"``: no state); ``codes`` says how states are
written (``name``, ``iso3``, ``iso_numeric`` or ``cow``); ``thousands`` and ``decimal`` say which marks the counts
have; ``repeated`` says what becomes of a line that repeats another in every column: it is an error, or counted
``once``, or ``add`` up; ``unread = "unknown"`` lets counts that cannot be read ("5.000", "about 40") leave their
state unknown, with their lines in the ledger, instead of being an error::

    codes = "iso3"
    thousands = "."
    [columns]
    operation = "mission_name"
    year = "year"
    state = "iso3c"
    troops = "deployed"
    [constants]
    leader = "FRA"
    coverage = "complete"
    theatre = "MLI"
    [operations]
    "Opération Serval" = "Serval"

Rows of one operation, date and state are added up: a contingent may stand in several lines. If one of them cannot
be read, the sum is not known.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.added_up import name_unread, repeats, totals, with_unread_lines_unknown
from data.count_cells import read_counts, refuse_unread
from data.errors import InputError
from data.ledger import Ledger
from data.lists import COLUMNS
from data.official_files import FILES
from data.readers.cells import Marks, is_missing, texts
from data.readers.cow import spells
from data.readers.files import Raw, load
from data.reading import read_once
from data.spec import PanelSpec
from data.state_cells import refuse_outsiders, state_of
from data.tables import find_file

REQUIRED = ("operation", "leader", "state", "troops", "coverage")
OPTIONAL = ("year", "date", "theatre")


class Mapping(BaseModel):
    """How the columns of a table are called and its states are coded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: Literal["name", "iso3", "iso_numeric", "cow"] = "name"
    decimal: Literal["", ".", ","] = ""
    thousands: Literal["", ",", ".", " ", "'"] = ""
    repeated: Literal["refuse", "once", "add"] = "refuse"
    unread: Literal["refuse", "unknown"] = "refuse"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int] = Field(default_factory=dict)
    operations: dict[str, str] = Field(default_factory=dict)
    states: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _marks_differ(self) -> Mapping:
        if self.decimal and self.decimal == self.thousands:
            raise ValueError("decimal and thousands are one mark")
        return self


def read_mapping(path: str | Path | None) -> Mapping:
    """Read a mapping file; without one the table uses the documented names and state names."""
    if path is None:
        return Mapping()
    file = Path(path)
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
        mapping = Mapping.model_validate(given)
    except OSError as error:
        raise InputError(f"no readable file ({error.strerror})", "a mapping in TOML", file=file) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"a file that is no TOML ({error})", "a mapping in TOML", file=file) from None
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        raise InputError(repr(fault["input"]), fault["msg"], file=file, column=key) from None
    for name in (*mapping.columns, *mapping.constants):
        if name not in (*REQUIRED, *OPTIONAL):
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise InputError(f"an unknown column {name!r}", f"one of {known}", file=file, column=name)
    return mapping


def read_table(path: str | Path, mapping: Mapping) -> pd.DataFrame:
    """Read a user's table into the documented columns.

    Returns
    -------
    DataFrame
        Index: line of the file. ``operation, leader, ccode, date, troops, coverage, theatre``; leader and
        state as Correlates of War codes (float), `theatre` as codes separated by semicolons ("" where not
        given), `troops` in persons, NaN where a state is named without a number; ``unread`` says what stands
        there then; ``repeats`` is the line that a line repeats in every column, or 0.

    Raises
    ------
    InputError
        A missing column, an unknown state, a date or a coverage that cannot be read, a negative count.
    """
    file = Path(path)
    raw = load(file)
    cells: dict[str, pd.Series] = {}
    for name in (*REQUIRED, *OPTIONAL):
        official = mapping.columns.get(name, name)
        if name in mapping.constants:
            cells[name] = pd.Series([mapping.constants[name]] * len(raw.lines))
        elif official in raw.columns:
            cells[name] = raw.columns[official].reset_index(drop=True)
        elif name in REQUIRED or name in mapping.columns:
            have = ", ".join(list(raw.columns)[:8])
            raise InputError(
                f"no such column among {have}", f"a column {official!r}", file=file, column=official
            )
    if "date" not in cells and "year" not in cells:
        raise InputError("neither a year nor a date", "a column 'year' or 'date'", file=file, column="year")
    table = pd.DataFrame({"operation": texts(cells["operation"]), "coverage": texts(cells["coverage"])})
    table.index = pd.Index(raw.lines, name="line")
    table["operation"] = table["operation"].replace(mapping.operations)
    table["date"] = _dates(cells, raw.lines, file)
    years = table["date"].dt.year
    for name, column in (("leader", "leader"), ("state", "ccode")):
        table[column] = [
            _code(cell, year, mapping, file, line, name)
            for cell, year, line in zip(cells[name], years, raw.lines, strict=True)
        ]
    hosts = cells.get("theatre", pd.Series([""] * len(raw.lines)))
    table["theatre"] = [
        _hosts(cell, year, mapping, file, line)
        for cell, year, line in zip(hosts, years, raw.lines, strict=True)
    ]
    table["troops"], table["unread"] = read_counts(
        cells["troops"], Marks(mapping.decimal, mapping.thousands), raw.lines, file
    )
    table["repeats"] = _repeats(raw, table, mapping)
    wrong = (~table["coverage"].isin(["complete", "partial"])).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        found = repr(table["coverage"].iloc[row])
        raise InputError(found, "complete or partial", file=file, row=raw.lines[row], column="coverage")
    return table


@lru_cache(maxsize=4)
def _read(table: str, mapping: str | None, stamp: tuple[int, ...]) -> pd.DataFrame:
    return read_table(table, read_mapping(mapping))


def _table(spec: PanelSpec) -> pd.DataFrame:
    """Read the spec's table once for as long as its files stay as they are."""
    paths = [Path(name) for name in (spec.table, spec.mapping) if name is not None]
    stamp = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)
    return _read(str(spec.table), spec.mapping, stamp)


def own_operations(spec: PanelSpec) -> pd.DataFrame:
    """Operations of the user's table in the form of ``operations.csv``, by name."""
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


def own_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Entries of the complete lists of the user's table."""
    step = "rows of one's own table"
    rows = ledger.start(step, _table(spec))
    rows = ledger.leave_out(step, rows, ~rows["operation"].isin(operations.index), "another operation")
    rows = ledger.leave_out(step, rows, rows["coverage"] != "complete", "on a partial list")
    rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
    outside = ~rows["date"].dt.year.between(*spec.years)
    rows = ledger.leave_out(step, rows, outside, f"outside {spec.years[0]}-{spec.years[1]}")
    refuse_outsiders(rows, read_once(spells, find_file(data, FILES["states"])), str(spec.table))
    mapping = read_mapping(spec.mapping)
    if mapping.unread == "refuse":
        refuse_unread(rows, str(spec.table))
    rows = _said_once(rows, spec, mapping.repeated, ledger, step)
    key = ["operation", "date", "ccode"]
    rows = with_unread_lines_unknown(rows, key, ledger, step)
    ledger.finish(step, rows)
    name_unread(rows, rows["unread"], ledger, "cells of one's own table")
    lists = totals(rows, key)
    lists["list"] = Path(str(spec.table)).name + " " + lists["date"].dt.strftime("%Y-%m-%d")
    return lists[list(COLUMNS)]


def _said_once(rows: pd.DataFrame, spec: PanelSpec, rule: str, ledger: Ledger, step: str) -> pd.DataFrame:
    """Deal as declared with lines that repeat another in every column and would be added up."""
    again = (rows["repeats"] > 0) & (rows["troops"] != 0)
    if rule == "refuse" and (again & rows["troops"].notna()).any():
        line = rows.index[again & rows["troops"].notna()][0]
        raise InputError(
            f"the same as row {rows.loc[line, 'repeats']} in every column",
            'each line once, or repeated = "once" or "add" in the mapping',
            file=spec.table,
            row=int(line),
        )
    if rule == "once":
        rows = ledger.leave_out(step, rows, again, "repeats another line in every column")
    return rows


def _repeats(raw: Raw, table: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """The line that each line repeats: as read where a column is read, as printed elsewhere."""
    read = {"operation", "leader", "state", "troops", "coverage", "theatre", "year", "date"}
    official = {mapping.columns.get(name, name) for name in read - set(mapping.constants)}
    others = {f"other {name}": texts(cell) for name, cell in raw.columns.items() if name not in official}
    frame = table.drop(columns=["theatre"]).assign(**{name: cell.to_numpy() for name, cell in others.items()})
    return repeats(frame, list(frame.columns))


def _dates(cells: dict[str, pd.Series], lines: list[int], file: Path) -> np.ndarray:
    """Dates, or the middle of a year where the table has years only."""
    if "date" in cells:
        name, written = "date", cells["date"].astype(str).str.slice(0, 10)
        dates = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
    else:
        name, written = "year", cells["year"].astype(str).str.removesuffix(".0")
        dates = pd.to_datetime(written + "-07-01", format="%Y-%m-%d", errors="coerce")
    if dates.isna().any():
        row = int(dates.isna().to_numpy().argmax())
        wanted = "a date year-month-day" if name == "date" else "a year"
        raise InputError(repr(cells[name].iloc[row]), wanted, file=file, row=lines[row], column=name)
    return dates.to_numpy()


def _code(cell: object, year: int, mapping: Mapping, file: Path, line: int, column: str) -> float:
    """Correlates of War code of a state as written; NaN for what is known to be no state of the system."""
    try:
        code = state_of(cell, year, mapping.codes, mapping.states)
    except InputError as error:
        raise InputError(error.found, error.expected, file=file, row=line, column=column) from None
    return np.nan if code is None else float(code)


def _hosts(cell: object, year: int, mapping: Mapping, file: Path, line: int) -> str:
    parts = [] if is_missing(cell) else [part for part in str(cell).split(";") if part.strip()]
    found = [_code(part, year, mapping, file, line, "theatre") for part in parts]
    return ";".join(f"{code:g}" for code in found if not np.isnan(code))
