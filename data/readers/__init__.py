"""Readers of the official files; each gives a tidy, checked table or one InputError.

A source is declared in a file of this folder, ``NAME.toml``, and most of its tables are read by that alone; where the
cells need more, the table names a function of a module here.

Every table is indexed by ``line``, the line of the official file on which the row stands (in formats without
lines, the row number plus one), so that a number in a panel can be followed back to its source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

import pandas as pd

from data.readers.layout import problems, read
from data.sources.registry import table

__all__ = ["problems", "read", "reader"]


@cache
def reader(name: str) -> Callable[..., pd.DataFrame]:
    """The function that reads the files of a table; a DataBank export is read for its GDP, unless asked for more."""
    module, _, function = table(name).reader.partition(":")
    if not module:
        return partial(read, table_name=name)
    return getattr(import_module(f"data.readers.{module}"), function)
