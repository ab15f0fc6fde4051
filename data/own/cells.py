"""Cells of a user's table by their documented names, and rows and cells that are empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.common.errors import InputError
from data.common.refuse import refuse
from data.readers.cells import is_missing
from data.readers.files import Raw

if TYPE_CHECKING:
    from data.own.mapping import Mapping

MERGED = "(a merged cell holds its value in its first row only: fill it down)"


def cells_of(
    raw: Raw,
    mapping: Mapping,
    constants: dict[str, str | int],
    place: str,
    names: tuple[str, ...],
    required: tuple[str, ...],
) -> dict[str, pd.Series]:
    """The cells of the documented columns, from constants, mapped columns or columns of the same name."""
    cells: dict[str, pd.Series] = {}
    for name in names:
        official = mapping.columns.get(name, name)
        if name in constants:
            cells[name] = pd.Series([constants[name]] * len(raw.lines))
        elif official in raw.columns:
            cells[name] = raw.columns[official].reset_index(drop=True)
        elif name in required or name in mapping.columns:
            raise no_column(raw, official, place)
    return cells


def no_column(raw: Raw, official: str, place: str) -> InputError:
    """The error for a column that the file lacks."""
    return InputError(
        f"no such column among {', '.join(raw.columns)}",
        f"a column {official!r}",
        file=place,
        column=official,
    )


def without_blank_rows(raw: Raw) -> Raw:
    """Leave out rows without a single filled cell, such as the separators of a workbook saved as csv."""
    filled = pd.concat([cell.map(is_missing) for cell in raw.columns.values()], axis=1)
    keep = ~filled.all(axis=1).to_numpy()
    return raw if keep.all() else raw.rows(keep)


def refuse_blank(cells: pd.Series, lines: list[int], place: str, column: str) -> None:
    """Raise an InputError that names the first empty cell of a column that needs a value in every row."""
    empty, expected = cells.map(is_missing), f"a value in every row {MERGED}"
    refuse(cells, empty, expected, file=place, lines=lines, column=column, found="an empty cell")
