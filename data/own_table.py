"""Bring your own operation: a long table of contributions, and a mapping for other people's column names.

The table has one row per operation, list and state, in csv, tab, dta, xls or xlsx:

- ``operation``: name of the operation
- ``leader``: state that led it, in the same code as ``state``
- ``year``: year of the list, or instead ``date`` (year-month-day)
- ``state``: contributor: a name, an ISO 3166 alpha-3 code or a Correlates of War code
- ``troops``: persons; "9,500" is read, "some" leaves the state named without a number
- ``coverage``: ``complete`` (all contributors are named) or ``partial`` (rows stay out), the same in all rows
  of one list; a mapping may name the states for which lists are complete instead (`data.own_coverage`)
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

A workbook with several filled sheets needs ``sheet``: a name, a list of names, or ``"all"``. ``sheet_is`` says
what their names are (``sheet_is = "year"``), and ``[sheets.NAME]`` holds what is the same in one sheet. What a
table gives beside troops (armed forces, GDP, any covariate) stands in ``[variables]``: `data.own_variables`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingType
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import InputError
from data.ledger import Ledger
from data.lists import COLUMNS, add_up, entries_from
from data.names import ccode_of_iso3, ccode_of_name, cow_code
from data.own_cells import MERGED, cells_of, refuse_blank, without_blank_rows
from data.own_coverage import WORDS, Coverage, covered_states, covers_cells, refuse_mixed, row_coverage
from data.own_sheets import tables_of
from data.readers.cells import counts, is_missing, texts
from data.readers.files import Raw
from data.spec import PanelSpec

REQUIRED = ("operation", "leader", "state", "troops", "coverage")
OPTIONAL = ("year", "date", "theatre")


class OwnVariable(BaseModel):
    """A column that gives something beside troops, with its codebook line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    unit: str = Field(min_length=1)
    about: str = Field(min_length=1)
    scale: float = Field(1.0, gt=0)


class Mapping(BaseModel):
    """How the columns of a table are called and its states are coded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: Literal["name", "iso3", "cow"] = "name"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int] = Field(default_factory=dict)
    operations: dict[str, str] = Field(default_factory=dict)
    coverage: Coverage | None = None
    sheet: str | tuple[str, ...] | None = None
    sheet_is: Literal["year", "date", "operation", "state", "leader", "theatre"] | None = None
    sheets: dict[str, dict[str, str | int]] = Field(default_factory=dict)
    variables: dict[str, OwnVariable] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _one_coverage(cls, given: Any) -> Any:
        """Take the states of a coverage from among the constants, where a reader may well look for it."""
        if not isinstance(given, MappingType):
            return given
        given, constants = dict(given), dict(given.get("constants") or {})
        if constants.get("coverage", "complete") not in ("complete", "partial"):
            if "coverage" in given:
                raise ValueError("coverage stands twice: above [columns] and in [constants]")
            given["coverage"] = constants.pop("coverage")
            given["constants"] = constants
        if isinstance(given.get("coverage"), str):
            given["coverage"] = WORDS.get(given["coverage"], given["coverage"])
        return given


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
        raise _mapping_fault(error, file) from None
    inner = [name for constants in mapping.sheets.values() for name in constants]
    for name in (*mapping.columns, *mapping.constants, *inner):
        if name not in (*REQUIRED, *OPTIONAL):
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise InputError(f"an unknown column {name!r}", f"one of {known}", file=file, column=name)
    return mapping


def _mapping_fault(error: ValidationError, file: Path) -> InputError:
    """One line for the first fault of a mapping."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    if fault["loc"][:1] == ("coverage",):
        key = "coverage"
        message = '"complete", "partial", "file", "year", a list of states, or { column = "..." }'
    if fault["type"] == "missing":
        return InputError(f"no {fault['loc'][-1]}", f"a key {fault['loc'][-1]!r}", file=file, column=key)
    if fault["type"] == "extra_forbidden":
        known = OwnVariable if fault["loc"][0] == "variables" else Mapping
        names = ", ".join(known.model_fields)
        return InputError(f"an unknown key {fault['loc'][-1]!r}", f"one of {names}", file=file, column=key)
    return InputError(repr(fault["input"]), message, file=file, column=key)


def read_table(path: str | Path, mapping: Mapping) -> pd.DataFrame:
    """Read a user's table into the documented columns.

    Returns
    -------
    DataFrame
        Index: line of the file. ``operation, leader, ccode, date, troops, coverage, theatre``; leader and
        state as Correlates of War codes (float), `theatre` as codes separated by semicolons ("" where not
        given), `troops` in persons, NaN where a state is named without a number. ``written`` is the state as
        the file has it, ``covers`` what a column of covered states says, ``sheet`` the sheet ("" for none).

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
    return table


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
            code_of(cell, year, mapping.codes, place, line, name)
            for cell, year, line in zip(cells[name], years, raw.lines, strict=True)
        ]
    hosts = cells.get("theatre", pd.Series([""] * len(raw.lines)))
    table["theatre"] = [
        _hosts(cell, year, mapping.codes, place, line)
        for cell, year, line in zip(hosts, years, raw.lines, strict=True)
    ]
    table["troops"] = _troops(cells["troops"], raw.lines, place)
    wrong = (~table["coverage"].isin(["complete", "partial"])).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        found = repr(table["coverage"].iloc[row])
        raise InputError(found, "complete or partial", file=place, row=raw.lines[row], column="coverage")
    table["written"] = texts(cells["state"]).to_numpy()
    table["covers"] = covers_cells(raw, mapping, place)
    table["sheet"] = place.partition(", sheet ")[2].strip("'")
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


def own_span(spec: PanelSpec) -> tuple[int, int]:
    """First and last year of the user's table."""
    years = _table(spec)["date"].dt.year
    return int(years.min()), int(years.max())


def own_coverage(spec: PanelSpec) -> pd.DataFrame | None:
    """The states that each list of the user's table covers; None for all. See `data.own_coverage`."""
    mapping = read_mapping(spec.mapping)
    if mapping.coverage is None:
        return None
    resolve = partial(_resolved, codes=mapping.codes, place=str(spec.mapping))
    return covered_states(_table(spec), mapping.coverage, resolve)


def _resolved(state: str, year: int, codes: str, place: str) -> float:
    return code_of(state, year, codes, place, None, "coverage")


def own_lists(spec: PanelSpec, data: str | Path, operations: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Entries of the complete lists of the user's table; a contingent with a line without a number has none."""
    step = "rows of one's own table"
    rows = ledger.start(step, _table(spec))
    rows = ledger.leave_out(step, rows, ~rows["operation"].isin(operations.index), "another operation")
    rows = ledger.leave_out(step, rows, rows["coverage"] != "complete", "on a partial list")
    rows = ledger.leave_out(step, rows, rows["ccode"].isna(), "no state of the system")
    outside = ~rows["date"].dt.year.between(*spec.years)
    rows = ledger.leave_out(step, rows, outside, f"outside {spec.years[0]}-{spec.years[1]}")
    rows = add_up(rows, ["operation", "date", "ccode"], ledger, step)
    ledger.finish(step, rows, into=entries_from("table"))
    lists = rows.groupby(["operation", "date", "ccode"], as_index=False)["troops"].sum(min_count=1)
    lists["list"] = Path(str(spec.table)).name + " " + lists["date"].dt.strftime("%Y-%m-%d")
    return lists[list(COLUMNS)]


def dates_of(cells: dict[str, pd.Series], lines: list[int], file: str) -> np.ndarray:
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


def code_of(cell: object, year: int, codes: str, file: str, line: int | None, column: str) -> float:
    """Correlates of War code of a state as written; NaN for what is known to be no state of the system."""
    if is_missing(cell):
        raise InputError("an empty cell", f"a state {MERGED}", file=file, row=line, column=column)
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


def _hosts(cell: object, year: int, codes: str, file: str, line: int) -> str:
    parts = [] if is_missing(cell) else [part for part in str(cell).split(";") if part.strip()]
    found = [code_of(part, year, codes, file, line, "theatre") for part in parts]
    return ";".join(f"{code:g}" for code in found if not np.isnan(code))


def _troops(cells: pd.Series, lines: list[int], file: str) -> np.ndarray:
    negative = pd.to_numeric(cells, errors="coerce") < 0
    if negative.any():
        row = int(negative.to_numpy().argmax())
        raise InputError(
            repr(cells.iloc[row]), "zero or more persons", file=file, row=lines[row], column="troops"
        )
    return counts(cells)["value"].to_numpy()
