"""How often Python looks for objects that only point to each other.

The graphs of PyTensor are millions of objects that live on. By default Python looks through them so often that it is a
tenth of a run, and a seventh of what it takes to compile a model.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects before the youngest are looked through, not 700 (2,000 in a newer Python); and how often those, the older.
SELDOM = (20_000, 10, 10)


def seldom_collect() -> None:
    """From now on in this process; it is nobody else's, such as a command's or a worker's."""
    gc.set_threshold(*SELDOM)


@contextmanager
def seldom() -> Iterator[None]:
    """Within it alone: the process may be a notebook's."""
    before = gc.get_threshold()
    seldom_collect()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def dask_setup(_worker: object) -> None:
    """A preload of Dask's, for each of its workers."""
    seldom_collect()
