"""Checksums at every read: a file that the registry knows must be the registry's, byte for byte."""

from __future__ import annotations

import hashlib
import json
import stat
from functools import lru_cache
from pathlib import Path

from platformdirs import user_cache_path

from data.common.disk import own_file, own_folder, write
from data.common.errors import InputError
from data.sources.registry import registered

_CHUNK = 1 << 20
_known: dict[str, list[str]] = {}


def _cache_file() -> Path:
    return user_cache_path("coalition-workbench") / "digests.json"


@lru_cache(maxsize=1)
def _stored() -> dict[str, list[str]]:
    try:
        if not (own_folder(_cache_file().parent) and own_file(_cache_file())):
            return {}
        stored = json.loads(_cache_file().read_text(encoding="utf-8"))
        # Whatever else stands there, a digest is recalled only from a pair of texts.
        return {
            path: known
            for path, known in stored.items()
            if isinstance(known, list) and len(known) == 2 and all(isinstance(part, str) for part in known)
        }
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _store() -> None:
    """Write the digests beside their final name and rename, so that two runs never see half a cache."""
    target = _cache_file()
    try:
        if own_folder(target.parent):
            write(target, json.dumps(_stored() | _known))
    except (OSError, InputError):
        return  # the cache only saves time: a read-only home must not stop a run


def digest(path: Path | str) -> str:
    """SHA-256 of a file in hexadecimal, remembered for as long as its size and modification time stay.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError("no file with content", "a file that can be read", file=path)
        stamp = f"{status.st_size}-{status.st_mtime_ns}"
        key = str(path.resolve())
        for cache in (_known, _stored()):
            if cache.get(key, [""])[0] == stamp:
                return cache[key][1]
        sha = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(_CHUNK):
                sha.update(block)
    except OSError as error:
        raise InputError(
            f"no readable file ({error.strerror})", "a file that can be opened", file=path
        ) from error
    _known[key] = [stamp, sha.hexdigest()]
    if status.st_size > _CHUNK:  # smaller files are hashed faster than the cache is written
        _store()
    return sha.hexdigest()


def verified(path: Path | str) -> Path:
    """The path itself, once its bytes are known to be those of the registry.

    A file is recognised by its folder and name. One that the registry does not know, or knows without a
    checksum, passes: it is the user's own, and its digest is recorded in the provenance all the same.

    Raises
    ------
    InputError
        If the file is missing, or its SHA-256 is not the registered one.
    """
    path = Path(path)
    found = digest(path)
    entry = registered(path)
    if entry and entry[1].sha256 and found != entry[1].sha256:
        name, file = entry
        raise InputError(
            f"SHA-256 {found[:16]}... and {path.stat().st_size} bytes",
            f"{file.sha256[:16]}... and {file.bytes} bytes, {name} {file.version} as registered "
            f"(coalition data fetch {name}; another release goes under another file name)",
            file=path,
        )
    return path


def provenance(path: Path, source: str = "", version: str = "") -> dict[str, str]:
    """Where a file comes from: file, SHA-256, source and version, for the attributes of a panel.

    The registry names source and version of a file that is not said to be of another.
    """
    if not source:
        entry = registered(path)
        source, version = (entry[0], entry[1].version) if entry else ("own file", "")
    return {"file": path.name, "sha256": digest(path), "source": source, "version": version}
