"""What a user's tables give beside troops: armed forces, population, GDP, any covariate, by state and year.

A mapping declares each in ``[variables.NAME]``: its ``column``, its ``unit``, ``about`` (the codebook line) and
optionally ``scale``, the number that turns the column into the unit::

    [variables.armed_forces]
    column = "active (thousands)"
    unit = "persons"
    scale = 1000
    about = "Active armed forces, Military Balance 2020"

They may stand in the table of contributions, or in a table of their own (``variables`` and
``variables_mapping`` of the spec) with a row a state and year; without a year a row holds for all years.
``armed_forces`` and ``population`` are persons, ``gdp`` and ``gdppc`` are money; they are used where the spec says
``armed_forces = "table"`` and ``economy = "table"``. Others are controls by name, or ``log_NAME`` for their log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.schema import SCHEMA
from data.assembly.spec import PanelSpec
from data.common.errors import InputError
from data.common.refuse import refuse
from data.own.cells import cells_of, no_column, refuse_blank, without_blank_rows
from data.own.mapping import Mapping, OwnVariable, read_mapping
from data.own.sheets import tables_of
from data.own.table import code_of, dates_of
from data.readers.cells import counts, numbers
from data.readers.files import Raw
from data.sources.official_files import controls

PERSONS = ("armed_forces", "population")
MONEY = ("gdp", "gdppc")
_TAKEN = set(SCHEMA) - {"armed_forces", "controls"}


@dataclass(frozen=True)
class OwnVariables:
    """The user's variables.

    Attributes
    ----------
    table : DataFrame
        ``ccode, year`` and a column for each variable, in its unit; NaN where a cell is empty.
    about : dict
        What the mapping says of each.
    files : dict
        The file that gave each.
    """

    table: pd.DataFrame
    about: dict[str, OwnVariable] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def get(self, name: str, key: str, expected: str) -> pd.DataFrame:
        """``ccode, year`` and one variable that the spec asks for with `key`."""
        if name not in self.about:
            have = ", ".join(self.about) or "none"
            raise InputError(f"no own variable {name!r} (there are: {have})", expected, column=key)
        return self.table[["ccode", "year", name]].dropna(subset=[name])

    def controls(self) -> dict[str, tuple[str, str]]:
        """Unit and meaning of every control that the variables can give."""
        out: dict[str, tuple[str, str]] = {}
        for name, about in self.about.items():
            out[name] = (about.unit, about.about)
            if name not in MONEY and name != "population":
                out[f"log_{name}"] = (f"log({about.unit})", f"log of: {about.about}")
        return out


def own_variables(spec: PanelSpec) -> OwnVariables:
    """Read the variables of a spec's own tables, joined by state and year.

    Raises
    ------
    InputError
        A column that is not there, a cell that is no number, two values for one state and year, a variable that
        stands in both tables or carries the name of one of the workbench's own.
    """
    parts: list[pd.DataFrame] = []
    about: dict[str, OwnVariable] = {}
    files: dict[str, Path] = {}
    for path, mapping_path in ((spec.table, spec.mapping), (spec.variables, spec.variables_mapping)):
        if path is None:
            continue
        mapping = read_mapping(mapping_path)
        if path == spec.variables and not mapping.variables:
            raise InputError(
                "no [variables]", "a column, unit and meaning of each", file=mapping_path or path
            )
        if not mapping.variables:
            continue
        for name, variable in mapping.variables.items():
            _refuse_name(name, variable, mapping_path)
            if name in about:
                raise InputError(f"the variable {name!r} in both tables", "it in one", file=mapping_path)
        parts.append(_read(Path(path), mapping, spec))
        about |= mapping.variables
        files |= dict.fromkeys(mapping.variables, Path(path))
    if not parts:
        return OwnVariables(pd.DataFrame(columns=["ccode", "year"], dtype=float))
    table = parts[0]
    for part in parts[1:]:
        table = table.merge(part, on=["ccode", "year"], how="outer", validate="one_to_one")
    return OwnVariables(table, about, files)


def _refuse_name(name: str, variable: OwnVariable, file: str | None) -> None:
    column = f"variables.{name}"
    if name in controls() or name.removeprefix("log_") != name or name in _TAKEN or not name.isidentifier():
        expected = "a name of its own: letters, digits and _, no log_ in front, none of the workbench's"
        raise InputError(repr(name), expected, file=file, column=column)
    if name in PERSONS and variable.unit != "persons":
        expected = '"persons", and scale = 1000 where the column counts thousands'
        raise InputError(f"the unit {variable.unit!r}", expected, file=file, column=column)


def _read(path: Path, mapping: Mapping, spec: PanelSpec) -> pd.DataFrame:
    """All sheets of one file: ``ccode, year`` and the variables, one row a state and year."""
    parts = [
        _read_sheet(raw, mapping, constants, place, spec)
        for raw, constants, place in tables_of(path, mapping)
    ]
    whole = pd.concat(parts, ignore_index=True)
    names = list(mapping.variables)
    for name in names:
        values = whole.dropna(subset=[name])
        first = values.groupby(["ccode", "year"])[name].transform("first")
        differs = (values[name] != first).to_numpy()
        if differs.any():
            row = values[differs].iloc[0]
            one = values[(values["ccode"] == row["ccode"]) & (values["year"] == row["year"])].iloc[0]
            raise InputError(
                f"{row[name]:g} for {row['state']} in {row['year']:g}, and {one[name]:g} in row {one['line']}",
                "one value a state and year",
                file=row["place"],
                row=int(row["line"]),
                column=mapping.variables[name].column,
            )
    return whole.groupby(["ccode", "year"], as_index=False)[names].first()


def _read_sheet(
    raw: Raw, mapping: Mapping, constants: dict[str, str | int], place: str, spec: PanelSpec
) -> pd.DataFrame:
    raw = without_blank_rows(raw)
    cells = cells_of(raw, mapping, constants, place, ("state", "year", "date"), ("state",))
    refuse_blank(cells["state"], raw.lines, place, "state")
    table = pd.DataFrame({name: _values(raw, name, mapping, place) for name in mapping.variables})
    table = table.assign(line=raw.lines, place=place, state=[str(cell).strip() for cell in cells["state"]])
    if "year" in cells or "date" in cells:
        key = "date" if "date" in cells else "year"
        refuse_blank(cells[key], raw.lines, place, key)
        table["year"] = pd.DatetimeIndex(dates_of(cells, raw.lines, place)).year.to_numpy()
    else:
        years = pd.DataFrame({"year": range(spec.years[0], spec.years[1] + 1)})
        table = table.merge(years, how="cross")
    timeless = "year" not in cells and "date" not in cells
    table["ccode"] = [
        _code(row.state, row.year, mapping, place, row.line, timeless)
        for row in table.itertuples(index=False)
    ]
    if timeless:
        unknown = table.groupby("line")["ccode"].transform("count") == 0
        if unknown.any():
            row = table[unknown].iloc[0]
            code_of(row["state"], int(row["year"]), mapping, place, int(row["line"]), "state")
    return table.dropna(subset=["ccode"]).astype({"year": float})


def _code(state: str, year: int, mapping: Mapping, place: str, line: int, timeless: bool) -> float:
    """The code of a state; a row for all years is none in those in which the state did not exist."""
    try:
        return code_of(state, year, mapping, place, line, "state")
    except InputError:
        if timeless:
            return np.nan
        raise


def _values(raw: Raw, name: str, mapping: Mapping, place: str) -> np.ndarray:
    """The numbers of a variable's column, in its unit; anything written that is no number is an error."""
    variable = mapping.variables[name]
    if variable.column not in raw.columns:
        raise no_column(raw, variable.column, place)
    cells = raw.columns[variable.column].reset_index(drop=True)
    read = counts(cells, mapping.marks)
    whole = read["value"].where(read["problem"] == "")
    if name in PERSONS and variable.scale == 1:
        said, column = read["problem"], variable.column
        refuse(said, said != "", "a number of persons", file=place, lines=raw.lines, column=column, found=str)
        return whole.to_numpy()
    rest = cells.where(whole.isna(), None)
    values = numbers(rest, raw.lines, Path(place), variable.column, marks=mapping.marks).fillna(whole)
    if name in (*PERSONS, *MONEY):
        refuse(cells, values < 0, "zero or more", file=place, lines=raw.lines, column=variable.column)
    return values.to_numpy(dtype=float) * variable.scale
