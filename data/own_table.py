"""Bring your own operation: a long table of contributions, and a mapping for other people's column names.

The table has one row per operation, list and state, in csv, tab, dta, xls or xlsx:

- ``operation``: name of the operation
- ``leader``: state that led it, in the same code as ``state``
- ``year``: year of the list, or instead ``date`` (year-month-day)
- ``state``: contributor: a name, an ISO 3166 alpha-3 code or a Correlates of War code
- ``troops``: persons; "9,500" is read, "some" leaves the state named without a number
- ``coverage``: ``complete`` (all contributors are named) or ``partial`` (rows stay out)
- ``theatre``: host states, separated by semicolons (optional)

A mapping is a TOML file. Its ``[columns]`` say which column of the file stands for which of these; what is
the same in every row stands in ``[constants]``, which take precedence; ``[operations]`` renames operations;
``codes`` says how states are written (``name``, ``iso3`` or ``cow``)::

    codes = "iso3"
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

Rows of one operation, date and state are added up: a contingent may stand in several lines.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import InputError
from data.ledger import Ledger
from data.lists import COLUMNS
from data.names import ccode_of_iso3, ccode_of_name, cow_code
from data.readers.cells import counts, is_missing, texts
from data.readers.files import load
from data.spec import PanelSpec

REQUIRED = ("operation", "leader", "state", "troops", "coverage")
OPTIONAL = ("year", "date", "theatre")


class Mapping(BaseModel):
    """How the columns of a table are called and its states are coded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: Literal["name", "iso3", "cow"] = "name"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int] = Field(default_factory=dict)
    operations: dict[str, str] = Field(default_factory=dict)


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
        given), `troops` in persons, NaN where a state is named without a number.

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
            _code(cell, year, mapping.codes, file, line, name)
            for cell, year, line in zip(cells[name], years, raw.lines, strict=True)
        ]
    hosts = cells.get("theatre", pd.Series([""] * len(raw.lines)))
    table["theatre"] = [
        _hosts(cell, year, mapping.codes, file, line)
        for cell, year, line in zip(hosts, years, raw.lines, strict=True)
    ]
    table["troops"] = _troops(cells["troops"], raw.lines, file)
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
    ledger.finish(step, rows)
    lists = rows.groupby(["operation", "date", "ccode"], as_index=False)["troops"].sum(min_count=1)
    lists["list"] = Path(str(spec.table)).name + " " + lists["date"].dt.strftime("%Y-%m-%d")
    return lists[list(COLUMNS)]


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


def _code(cell: object, year: int, codes: str, file: Path, line: int, column: str) -> float:
    """Correlates of War code of a state as written; NaN for what is known to be no state of the system."""
    if is_missing(cell):
        raise InputError("an empty cell", "a state", file=file, row=line, column=column)
    text = str(cell).strip()
    try:
        if codes == "cow":
            code = cow_code(int(float(text)), year)
        else:
            code = ccode_of_iso3(text, year) if codes == "iso3" else ccode_of_name(text, year)
    except InputError as error:
        raise InputError(error.found, error.expected, file=file, row=line, column=column) from None
    except ValueError:
        raise InputError(repr(text), "a Correlates of War code", file=file, row=line, column=column) from None
    if codes == "cow" and not 2 <= int(float(text)) <= 990:
        raise InputError(
            f"the state code {text}", "a Correlates of War code", file=file, row=line, column=column
        )
    return np.nan if code is None else float(code)


def _hosts(cell: object, year: int, codes: str, file: Path, line: int) -> str:
    parts = [] if is_missing(cell) else [part for part in str(cell).split(";") if part.strip()]
    found = [_code(part, year, codes, file, line, "theatre") for part in parts]
    return ";".join(f"{code:g}" for code in found if not np.isnan(code))


def _troops(cells: pd.Series, lines: list[int], file: Path) -> np.ndarray:
    negative = pd.to_numeric(cells, errors="coerce") < 0
    if negative.any():
        row = int(negative.to_numpy().argmax())
        raise InputError(
            repr(cells.iloc[row]), "zero or more persons", file=file, row=lines[row], column="troops"
        )
    return counts(cells)["value"].to_numpy()
