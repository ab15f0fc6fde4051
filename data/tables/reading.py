"""Read each official file once a process: panels of one multiverse share their files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from data.readers import reader
from data.sources.registry import file_of
from data.sources.verify import digest
from data.tables.table import find_file


def place_of(folder: str | Path, table: str, version: str = "") -> Path:
    """Where the file of a registered table lies in a data folder."""
    return find_file(folder, file_of(table, version).path)


def read_file(table: str, path: Path, *arguments: str) -> pd.DataFrame:
    """A file as the table ``source.table`` of the registry, read anew only when the file's content changes.

    The frame is a copy: callers may change it.
    """
    return _read(table, str(path), digest(path), arguments).copy()


def official(folder: str | Path, table: str, version: str = "", *arguments: str) -> pd.DataFrame:
    """A table of the registry from its file in a data folder.

    Parameters
    ----------
    folder : path
        The data folder.
    table : str
        ``source.table``, for example ``cow_nmc.capabilities``.
    version : str
        The file's version, where the registry lists several; the first listed by default.
    *arguments : str
        Further arguments of the table's reader.

    Raises
    ------
    InputError
        Where the file is missing or malformed.
    """
    return read_file(table, place_of(folder, table, version), *arguments)


@lru_cache(maxsize=32)
def _read(table: str, path: str, _content: str, arguments: tuple[str, ...]) -> pd.DataFrame:
    return reader(table)(Path(path), *arguments)
