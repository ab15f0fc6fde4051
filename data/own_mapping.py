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
says for which states lists are complete: `data.own_coverage`. What a table gives beside troops (armed forces, GDP,
any covariate) stands in ``[variables]``: `data.own_variables`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from data.errors import InputError
from data.own_coverage import WORDS, Coverage
from data.readers.cells import Marks

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

    codes: Literal["name", "iso3", "iso_numeric", "cow"] = "name"
    decimal: Literal["", ".", ","] = ""
    thousands: Literal["", ",", ".", " ", "'"] = ""
    repeated: Literal["refuse", "once", "add"] = "refuse"
    unread: Literal["refuse", "unknown"] = "refuse"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int] = Field(default_factory=dict)
    operations: dict[str, str] = Field(default_factory=dict)
    states: dict[str, str] = Field(default_factory=dict)
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
