"""Sheets of an Excel workbook: which there are, and one of them as rows below a header, with their lines."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.readers.excel_errors import error_cells


def sheets(blob: bytes, path: Path) -> dict[str, pd.DataFrame]:
    """The sheets of a workbook that hold anything, in order; cells as they stand, columns by number, no header taken.

    Raises
    ------
    InputError
        If the workbook cannot be read, or all of its sheets are empty.
    """
    try:
        found = pd.read_excel(
            io.BytesIO(blob), engine="calamine", header=None, na_filter=False, sheet_name=None, dtype=object
        )
    except Exception as error:  # a damaged workbook raises whatever zip, XML or the parser raise
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"a fault ({said[:160]})", "an Excel workbook that can be read", file=path
        ) from error
    filled = {str(name): frame for name, frame in found.items() if not _blank(frame).all(axis=None)}
    if not filled:
        raise InputError("a workbook without a filled cell", "a header and rows", file=path)
    return filled


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets that hold anything."""
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise InputError(f"no readable file ({error.strerror})", "a file", file=path) from error
    return list(sheets(blob, path))


def sheet_table(blob: bytes, path: Path, sheet: str | None) -> tuple[pd.DataFrame, list[int]]:
    """One sheet as a table, and the line of each of its rows.

    Parameters
    ----------
    blob : bytes
        The workbook.
    path : Path
        Its name, for errors.
    sheet : str or None
        The sheet; None where the workbook has one only.

    Returns
    -------
    frame : DataFrame
        Columns by the first filled row; rows that are blank in every column are left out. Error cells hold
        the error as printed (``"#REF!"``).
    lines : list of int
        The line of each row in the sheet.

    Raises
    ------
    InputError
        For several filled sheets without a choice, a sheet that is not there, and a column named twice.
    """
    found = sheets(blob, path)
    if sheet is None and len(found) > 1:
        raise InputError(
            f"{len(found)} sheets: {', '.join(map(repr, found))}",
            'one sheet, or a mapping that names those to read (sheet = "...", a list of them, or "all")',
            file=path,
        )
    if sheet is not None and sheet not in found:
        raise InputError(f"no sheet {sheet!r} with cells", f"one of {', '.join(map(repr, found))}", file=path)
    name = sheet if sheet is not None else next(iter(found))
    frame = found[name]
    for (row, column), error in _errors(blob, path, name).items():
        if row < frame.shape[0] and column < frame.shape[1]:
            frame.iloc[row, column] = error
    filled = ~_blank(frame)
    rows = filled.any(axis=1)
    head = int(rows.to_numpy().argmax())
    # A column without a header and without a cell is only formatted.
    frame = frame.loc[:, filled.any(axis=0)]
    names = [str(cell).strip() or f"Unnamed: {place}" for place, cell in enumerate(frame.iloc[head])]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the header {twice!r} twice", "each column once", file=path, row=head + 1)
    below = rows.to_numpy().copy()
    below[: head + 1] = False
    table = frame.loc[below].reset_index(drop=True).infer_objects()
    table.columns = pd.Index(names)
    return table, (below.nonzero()[0] + 1).tolist()


def _errors(blob: bytes, path: Path, sheet: str) -> dict[tuple[int, int], str]:
    try:
        return error_cells(blob, sheet)
    except Exception as error:  # XML and zip raise their own kinds
        found = f"a fault ({str(error)[:160] or type(error).__name__})"
        raise InputError(found, "an Excel workbook that can be read", file=path) from error


def _blank(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.map(lambda cell: cell is None or (isinstance(cell, str) and not cell.strip()))
