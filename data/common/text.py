"""Text that somebody else wrote, in media that would read more into it than text: one function a medium.

Elsewhere nothing has to be done by hand: terminals print without markup (`workflows.commands.terminal`), pages are
made by Jinja, which escapes, tables for HTML and LaTeX by a library that does, figures set no formulas (`figures.style`),
and names of files come from `workflows.store.slug`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

_FORMULA = re.compile(r"(?=['\s]*[=+\-@\t\r])(?![+\-]?[\d.]+(?:[eE][+-]?\d+)?%?$)")
_GUARDED = re.compile(r"'(?=['\s]*[=+\-@\t\r])")
_MARKDOWN = re.compile(r"[\\`*|$]|\]\(|<")


def cell(text: Any) -> Any:
    """A cell of a CSV file that no spreadsheet runs: text like a formula begins with an apostrophe.

    Numbers, also those that are written as text, stay as they are.
    """
    return f"'{text}" if isinstance(text, str) and _FORMULA.match(text) else text


def uncell(text: Any) -> Any:
    """The text behind a `cell`."""
    return _GUARDED.sub("", text, count=1) if isinstance(text, str) and _GUARDED.match(text) else text


def write_csv(frame: pd.DataFrame, path: str | Path, **options: Any) -> None:
    """Write a table without its index, text guarded by `cell`; `read_csv` gives it back as it was.

    Parameters
    ----------
    frame : DataFrame
    path : path
    **options
        Of ``DataFrame.to_csv``.
    """
    out = frame.copy(deep=False)
    for place, kind in enumerate(frame.dtypes):
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)):
            out.isetitem(place, frame.iloc[:, place].map(cell))
    out.columns = [cell(name) for name in frame.columns]
    out.to_csv(path, index=False, **options)


def read_csv(path: str | Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_csv` wrote; `options` are those of ``pandas.read_csv``."""
    frame = pd.read_csv(path, **options)
    for place, kind in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            # A column of text that is all missing would come back from `map` as one of numbers.
            frame.isetitem(place, frame.iloc[:, place].map(uncell).astype(kind))
    frame.columns = [uncell(name) for name in frame.columns]
    return frame


def markdown(text: str) -> str:
    """Text on one line of Markdown in which no character begins a cell, emphasis, code, link, formula or tag."""
    return _MARKDOWN.sub(lambda found: f"\\{found.group()}", " ".join(str(text).split()))
