"""Locks of folders and files, one process at a time; the system releases them whatever becomes of a process."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from data.common.errors import InputError

UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG)
"""Faults of a folder that the user named, unlike those of a disk."""


@contextmanager
def hold(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file `path` for this process; the system releases it even after ``kill -9``.

    Parameters
    ----------
    path : Path
        Created.
    waiting : callable
        Called once where another process holds it.

    Raises
    ------
    InputError
        If the file cannot be written.

    Notes
    -----
    The folder may be removed by whoever holds the lock: those who wait then make it anew.
    """
    while True:
        stream = _opened(path)
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(stream, fcntl.LOCK_EX)
            # Whoever held it may have removed the folder: what is held then is the lock of nothing.
            if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                yield
                return


def _opened(path: Path) -> IO[str]:
    """The lock file, created where absent; never through a link, which could point to anything."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "r+")
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR):
            raise InputError("a link or a folder", "a lock file; remove it", file=path) from error
        if error.errno in UNWRITABLE:
            raise InputError(f"{error.strerror}", "a folder that may be written", file=path.parent) from error
        raise
