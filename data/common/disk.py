"""Files that appear under their name whole or not at all, and what to say where the machine refuses to write."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Buffer, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from data.common.errors import InputError

PARTIAL = ".partial-"
"""How the name of what is not finished begins."""
ROOM = "make room there, or choose another --out"
OPEN = "let the folder be written, or choose another --out"
REMEDIES = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: OPEN,
    errno.EACCES: OPEN,
    errno.EPERM: OPEN,
    errno.EIO: "check the disk",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "end other programs",
    errno.EAGAIN: "raise the limit on processes (ulimit -u), or end other programs",
    errno.ENOMEM: "ask for fewer --workers, chains or draws, or for more memory",
    errno.ESTALE: "leave it where it is",
}
"""What a user can do about a fault of the machine, by its number."""


def refused(error: BaseException | None) -> str | None:
    """One line about a fault of the machine (a full disk, a folder that became read-only), None for any other.

    Parameters
    ----------
    error : BaseException or None
        It, or what it was raised from.
    """
    while error is not None:
        number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
        if isinstance(error, OSError | MemoryError) and number in REMEDIES:
            said = getattr(error, "strerror", None) or "not enough memory"
            place = f" ({name})" if (name := getattr(error, "filename", None)) else ""
            line = f"{said}{place}: what was finished is kept; {REMEDIES[number]}, and the same command continues"
            return " ".join(line.split())
        error = error.__cause__ or error.__context__
    return None


def remove(path: Path) -> None:
    """Remove a file, a link (not what it points to) or a folder with all that is in it; nothing is well too."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(kind):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _target(path: Path) -> Path:
    if path.is_dir() and not path.is_symlink():
        raise InputError("a folder", "nothing there, or a file that may be replaced", file=path)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` to write to; it becomes `path` when the block ends well, else it is removed.

    Raises
    ------
    InputError
        If a folder stands at `path`. A link there is replaced; what it points to stays as it is.
    """
    with whole_files(path.parent) as folder:
        yield folder / _target(path).name


@contextmanager
def whole_files(folder: Path) -> Iterator[Path]:
    """Yield a scratch folder; its files are put into `folder` when the block ends well, else nothing is.

    Raises
    ------
    InputError
        If a folder stands where a file is to be put.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f"{PARTIAL}{os.getpid()}-{os.urandom(4).hex()}"
    scratch.mkdir()
    try:
        yield scratch
        found = sorted(scratch.iterdir())
        for file in found:
            _target(folder / file.name)
        for file in found:
            file.replace(folder / file.name)
    finally:
        with suppress(OSError):
            shutil.rmtree(scratch)


def write(path: Path, content: str | Buffer) -> None:
    """Write a file whole, with the permissions that the user's umask leaves."""
    with whole(path) as scratch:
        if isinstance(content, str):
            scratch.write_text(content, encoding="utf-8")
        else:
            scratch.write_bytes(content)


def save_netcdf(data: Any, path: Path, **options: Any) -> None:
    """Write an xarray Dataset or DataTree as NetCDF; `options` are those of its ``to_netcdf``.

    By way of memory: where the disk fills while HDF5 writes, it may end the whole process later on.
    """
    import dask.config
    import dask.local

    # In a worker, xarray would ask its scheduler for a lock by the name of the file, which this one has not. A
    # scheduler that is called by its name would have Dask load all that it has for many machines.
    with dask.config.set(scheduler=dask.local.get_sync), _unloaded("dask.distributed"):
        content = data.to_netcdf(engine="h5netcdf", **options)
    write(path, content)


@contextmanager
def _unloaded(module: str) -> Iterator[None]:
    """Within it, a module that is not loaded cannot be: xarray would wait half a second for it, to ask it nothing."""
    modules: dict[str, Any] = sys.modules
    hidden = module not in modules
    if hidden:
        # Python then says that there is none.
        modules[module] = None
    try:
        yield
    finally:
        if hidden:
            modules.pop(module, None)


def own_file(path: Path) -> bool:
    """Whether a file is this user's, and not a link."""
    try:
        about = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(about.st_mode) and (not hasattr(os, "getuid") or about.st_uid == os.getuid())


def load_netcdf(path: Path) -> Any:
    """Read a Dataset into memory."""
    import xarray as xr

    return xr.load_dataset(path, engine="h5netcdf")


def load_tree(path: Path) -> Any:
    """Read a DataTree into memory."""
    import xarray as xr

    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()


def own_folder(folder: Path) -> bool:
    """Make a folder for this user alone, or close it to others; whether what is in it can be trusted.

    A folder of another user, or a link of another user to a folder, cannot: a cache could be swapped there.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not hasattr(os, "getuid"):
            return True
        about = folder.stat()
        if {folder.lstat().st_uid, about.st_uid} != {os.getuid()}:
            return False
        if about.st_mode & 0o022:
            folder.chmod(0o700)
    except OSError:
        return False
    return True
