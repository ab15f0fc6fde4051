"""Read each official file once a process: panels of one multiverse share their files."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from data.verify import digest

Reader = Callable[..., pd.DataFrame]


def read_once(reader: Reader, path: Path, *arguments: str) -> pd.DataFrame:
    """Return ``reader(path, *arguments)``, read anew only when the file's content changes.

    The frame is a copy: callers may change it.
    """
    return _read(reader, str(path), digest(path), arguments).copy()


@lru_cache(maxsize=32)
def _read(reader: Reader, path: str, content: str, arguments: tuple[str, ...]) -> pd.DataFrame:
    return reader(Path(path), *arguments)
