"""Which sheets of a user's workbook are read, and what is the same in every row of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from data.common.errors import InputError
from data.readers.files import EXCEL, Raw, load
from data.readers.workbooks import sheet_names

if TYPE_CHECKING:
    from data.own.mapping import Mapping

ALL = "all"


def place_of(file: str | Path, sheet: str | None) -> str:
    """How errors name a sheet of a file; no sheet is the file."""
    return f"{file}, sheet {sheet!r}" if sheet else str(file)


def line_of(sheet: str, line: int) -> str:
    """A line of a file in words, with its sheet where there are several."""
    return f"sheet {sheet!r}, row {line}" if sheet else f"row {line}"


def sheets_to_read(path: Path, mapping: Mapping) -> list[str | None]:
    """Names of the sheets that a mapping declares; one None where the file is to have a single table.

    Raises
    ------
    InputError
        Sheets declared for a file that has none, or a sheet that the workbook lacks.
    """
    declared = mapping.sheet if mapping.sheet is not None else tuple(mapping.sheets) or None
    if declared is None and mapping.sheet_is is None:
        return [None]
    if path.suffix.lower() not in EXCEL:
        raise InputError(
            f"a {path.suffix} file, which has no sheets", "a workbook", file=path, column="sheet"
        )
    there = sheet_names(path)
    named = [declared] if isinstance(declared, str) else list(declared or ())
    wanted = there if declared in (None, ALL) else named
    for name in (*wanted, *mapping.sheets):
        if name not in there:
            raise InputError(
                f"no sheet {name!r} with cells",
                f"one of {', '.join(map(repr, there))}",
                file=path,
                column="sheet",
            )
    return list(wanted)


def tables_of(path: Path, mapping: Mapping) -> Iterator[tuple[Raw, dict[str, str | int], str]]:
    """Read every declared sheet: raw cells, the constants that hold there, and how errors name the place.

    A sheet's own constants take precedence over those of the mapping; with ``sheet_is`` the name of the
    sheet is the value of that column.
    """
    for name in sheets_to_read(path, mapping):
        own = {} if name is None else dict(mapping.sheets.get(name, {}))
        if name is not None and mapping.sheet_is is not None:
            own = {mapping.sheet_is: name.strip(), **own}
        place = place_of(path, name)
        try:
            yield load(path, sheet=name), {**mapping.constants, **own}, place
        except InputError as error:
            if name is None:
                raise
            raise InputError(
                error.found, error.expected, file=place, row=error.row, column=error.column
            ) from None
