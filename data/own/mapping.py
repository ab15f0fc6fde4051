"""The mapping of a user's table: what its columns are called, how its states and numbers are written.

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

A workbook with several filled sheets needs ``sheet``: a name, a list of names, or ``"all"``. ``sheet_is`` says
what their names are (``sheet_is = "year"``), and ``[sheets.NAME]`` holds what is the same in one sheet. ``coverage``
says for which states lists are complete: `data.own.coverage`. What a table gives beside troops (armed forces, GDP,
any covariate) stands in ``[variables]``: `data.own.variables`.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from data.common.declared import Declared, Many, Name, read_toml
from data.common.errors import InputError
from data.common.faults import first_fault
from data.own.coverage import WORDS, Coverage
from data.readers.cells import Marks

REQUIRED = ("operation", "leader", "state", "troops", "coverage")
OPTIONAL = ("year", "date", "theatre")


class OwnVariable(Declared):
    """A column that gives something beside troops, with its codebook line."""

    column: Name
    unit: str = Field(min_length=1)
    about: str = Field(min_length=1)
    scale: float = Field(1.0, gt=0)


class Mapping(Declared):
    """How the columns of a table are called and its states are coded."""

    codes: Literal["name", "iso3", "iso_numeric", "cow"] = "name"
    decimal: Literal["", ".", ","] = ""
    thousands: Literal["", ",", ".", " ", "'"] = ""
    repeated: Literal["refuse", "once", "add"] = "refuse"
    unread: Literal["refuse", "unknown"] = "refuse"
    columns: dict[str, Name] = Field(default_factory=dict)
    constants: dict[str, str | int] = Field(default_factory=dict)
    operations: dict[str, Name] = Field(default_factory=dict)
    states: dict[str, str] = Field(default_factory=dict)
    coverage: Coverage | None = None
    sheet: str | Many[str] | None = None
    sheet_is: Literal["year", "date", "operation", "state", "leader", "theatre"] | None = None
    sheets: dict[str, dict[str, str | int]] = Field(default_factory=dict)
    variables: dict[str, OwnVariable] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _one_coverage(cls, given: Any) -> Any:
        """Take the states of a coverage from among the constants, where a reader may well look for it."""
        if not isinstance(given, MappingType):
            return given
        constants = given.get("constants") or {}
        if not isinstance(constants, MappingType):
            return given
        given, constants = dict(given), dict(constants)
        if constants.get("coverage", "complete") not in ("complete", "partial"):
            if "coverage" in given:
                raise ValueError("coverage stands twice: above [columns] and in [constants]")
            given["coverage"] = constants.pop("coverage")
            given["constants"] = constants
        if isinstance(given.get("coverage"), str):
            given["coverage"] = WORDS.get(given["coverage"], given["coverage"])
        return given

    @field_validator("thousands")
    @classmethod
    def _marks_differ(cls, thousands: str, info: ValidationInfo) -> str:
        if thousands and thousands == info.data.get("decimal"):
            raise ValueError("decimal and thousands are one mark")
        return thousands

    @property
    def marks(self) -> Marks:
        """The declared marks of numbers."""
        return Marks(self.decimal, self.thousands)


def read_mapping(path: str | Path | None) -> Mapping:
    """Read a mapping file; without one the table uses the documented names and state names."""
    if path is None:
        return Mapping()
    file = Path(path)
    given = read_toml(file, "a mapping in TOML")
    try:
        mapping = Mapping.model_validate(given)
    except ValidationError as error:
        raise _fault(error, given, file) from None
    inner = [name for constants in mapping.sheets.values() for name in constants]
    for name in (*mapping.columns, *mapping.constants, *inner):
        if name not in (*REQUIRED, *OPTIONAL):
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise InputError(f"an unknown column {name!r}", f"one of {known}", file=file, column=name)
    return mapping


def _fault(error: ValidationError, given: dict[str, Any], file: Path) -> InputError:
    """One line for the first fault of a mapping."""
    fault = error.errors()[0]
    if fault["loc"][:1] != ("coverage",):
        return first_fault(error, Mapping, given, file=file)
    said = '"complete", "partial", "file", "year", a list of states, or { column = "..." }'
    return InputError(repr(fault["input"]), said, file=file, key="coverage")
