"""The first cell of a column at fault, as the project's one line: which row and column, what it holds, what it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError


def shown_cell(cell: object) -> str:
    """A cell as an error shows it."""
    return "an empty cell" if pd.isna(cell) else repr(cell)


def refuse(
    cells: pd.Series,
    wrong: pd.Series | np.ndarray,
    expected: str | pd.Series,
    *,
    file: str | Path,
    lines: Sequence[int] | pd.Index | None = None,
    column: str | None = None,
    found: str | Callable[..., str] = shown_cell,
) -> None:
    """Refuse a column in which something is wrong, naming the first cell at fault.

    Parameters
    ----------
    cells : Series
    wrong : array of bool, shape (cell,)
    expected : str, or Series of str, shape (cell,)
        What would have been right, in all cells or in each.
    file : path
    lines : sequence of int, optional
        The line of the file on which each cell stands; the index of `cells` by default.
    column : str, optional
        What the file calls the column; the name of `cells` by default.
    found : str or callable
        What is wrong, in words, or what makes words of the cell.

    Raises
    ------
    InputError
        If anything is wrong.
    """
    wrong = np.asarray(wrong, dtype=bool)
    if not wrong.any():
        return
    place = int(wrong.argmax())
    said = found if isinstance(found, str) else found(cells.astype(object).iloc[place])
    line = int((cells.index if lines is None else lines)[place])
    expected = expected if isinstance(expected, str) else str(expected.iloc[place])
    raise InputError(said, expected, file=file, row=line, column=column or str(cells.name))
