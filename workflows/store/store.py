"""Artefacts on disk, keyed by the content of everything that they depend on."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from data.common.disk import PARTIAL, remove, write
from data.common.errors import InputError
from workflows.store.locks import UNWRITABLE, hold
from workflows.store.source import code_digest

#: Packages whose version can change a number.
PACKAGES = (
    "arviz",
    "arviz-stats",
    "formulaic",
    "jax",
    "nutpie",
    "numba",
    "numpy",
    "numpyro",
    "pandas",
    "pymc",
    "pytensor",
    "scipy",
    "xarray",
)


def digest(value: Any) -> str:
    """SHA-256 of a JSON-like value, keys in order; 64 hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def versions() -> dict[str, str]:
    """Installed versions of the packages that can change a number."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return {"python": platform.python_version(), **found}


@dataclass
class Stage:
    """One finished stage: where its files are, its key and how it came about.

    `within` says that it was computed while another was: its seconds are not to be added to those of the others.
    """

    name: str
    folder: Path
    key: str
    seconds: float
    cached: bool
    about: dict[str, Any] = field(default_factory=dict)
    within: bool = False

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


class _Wanted(Exception):
    """A stage is not there, and was not to be computed."""


class Store:
    """The artefacts of one run, one folder a stage.

    A stage is computed in a scratch folder beside its place and renamed when complete,
    with the digest of each file in its ``stage.json``: a folder under its final name is
    whole, and a file that changed since is noticed and computed again.

    Parameters
    ----------
    folder : Path
        ``results/<run>``; created.
    announce : callable
        Called with (stage name, "cached" or "computing").
    """

    def __init__(self, folder: Path, announce: Callable[[str, str], None] = lambda *_: None) -> None:
        self.folder = folder
        self.announce = announce
        #: Called with the name of a stage that is wanted; whether another process has been at it meanwhile.
        self.await_stage: Callable[[str], bool] = lambda _name: False
        #: Whether stages are only looked for; see `would_compute`.
        self.looking = False
        self.stages: list[Stage] = []
        self._held = 0
        self._computing = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            raise InputError(
                f"{error.strerror}", "a folder that can be created and written", file=folder
            ) from error

    @contextmanager
    def lock(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the run for this process; the system releases it even after ``kill -9``.

        A store that holds its run already may ask again: only the outermost `with` releases it.
        """
        if self._held:
            yield
            return
        with hold(self.folder / ".lock", waiting):
            self._sweep()
            self._held += 1
            try:
                yield
            finally:
                self._held -= 1

    def lent(self) -> None:
        """Take the run as held: by the process that this one works for."""
        self._held += 1

    def would_compute(self, ask: Callable[[], Any]) -> bool:
        """Whether `ask`, which asks for stages, would have one computed; nothing is."""
        self.looking = True
        try:
            ask()
        except _Wanted:
            return True
        finally:
            self.looking = False
        return False

    def _sweep(self) -> None:
        """Remove what a killed run left unfinished: it is of no use to anybody."""
        for scrap in self.folder.glob(f"{PARTIAL}*"):
            with suppress(OSError):
                remove(scrap)

    def find(self, name: str, key: str) -> Stage | None:
        """Return the finished stage called `name` if its key and its files are as recorded."""
        folder = self.folder / name
        record = read_stage(folder)
        if record is None or record["key"] != key or damaged_files(folder, record):
            return None
        return Stage(name, folder, key, record["seconds"], True, record["about"])

    @staticmethod
    def key(name: str, inputs: Mapping[str, Any], code: tuple[str, ...]) -> str:
        """Digest of everything that stage `name` depends on."""
        return digest({"stage": name, "inputs": inputs, "code": code_digest(*code), "versions": versions()})

    def stage(
        self,
        name: str,
        inputs: Mapping[str, Any],
        compute: Callable[[Path], Mapping[str, Any] | None],
        code: tuple[str, ...],
    ) -> Stage:
        """Return stage `name`, computing it only if something that it depends on changed.

        Parameters
        ----------
        name : str
            Folder of the stage.
        inputs : mapping
            JSON-like description of everything that the result depends on, such as a part
            of the spec, a seed and the keys of earlier stages.
        compute : callable
            Writes files into the folder that it is given; returns facts to record.
        code : tuple of str
            Modules that compute it: a change to them, or to what they import, makes the result stale.
        """
        key = self.key(name, inputs, code)
        helped = not self.looking and self.await_stage(name)
        done = self.find(name, key)
        if self.looking:
            # Not counted among the stages of the run: their order is that in which a run asks for them.
            if done is None:
                raise _Wanted
            return done
        if done is None:
            # Stages asked for one by one, as in a notebook, come without the run's lock.
            with self.lock():
                done = self.find(name, key)
                if done is None:
                    self.announce(name, "computing")
                    done = self._compute(name, key, inputs, compute)
        if done.cached and helped:
            done.cached, done.within = False, True
        elif done.cached and all(stage.name != name for stage in self.stages):
            self.announce(name, "cached")
        done.within |= self._computing > 0 and not done.cached
        self.stages.append(done)
        return done

    def _compute(self, name: str, key: str, inputs: Mapping[str, Any], compute: Callable) -> Stage:
        scratch = self.folder / f"{PARTIAL}{name.replace('/', '-')}-{os.getpid()}"
        remove(scratch)
        scratch.mkdir()
        started = time.perf_counter()
        self._computing += 1
        try:
            about = dict(compute(scratch) or {})
            seconds = time.perf_counter() - started
            found = {f.relative_to(scratch).as_posix(): f for f in scratch.rglob("*") if f.is_file()}
            record = {
                "key": key,
                "seconds": seconds,
                "inputs": inputs,
                "about": about,
                "files": {n: file_digest(f) for n, f in found.items()},
                "bytes": {n: f.stat().st_size for n, f in found.items()},
            }
            # What is recorded is read back from JSON: so is what its digest is taken of.
            record = json.loads(json.dumps(record, default=_plain))
            write_json(scratch / "stage.json", {**record, "digest": digest(record)})
            self._replace(name, scratch)
        except FileNotFoundError as error:
            if scratch.exists():
                raise
            gone = OSError(errno.ESTALE, "the folder was removed or renamed meanwhile", str(self.folder))
            raise gone from error
        finally:
            self._computing -= 1
            with suppress(OSError):
                remove(scratch)
        return Stage(name, self.folder / name, key, seconds, False, about)

    def _replace(self, name: str, scratch: Path) -> None:
        """Put a finished stage in its place; what stood there, or in the way, is removed."""
        place = self.folder / name
        above = [p for p in reversed(place.parents) if self.folder in p.parents]
        # A folder within a run may be no link, behind which something else would be written.
        way = next((p for p in above if os.path.lexists(p) and (p.is_symlink() or not p.is_dir())), place)
        if os.path.lexists(way):
            stale = self.folder / f"{PARTIAL}stale-{os.getpid()}"
            remove(stale)
            way.rename(stale)
            place.parent.mkdir(parents=True, exist_ok=True)
            scratch.rename(place)
            remove(stale)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            scratch.rename(place)


def read_stage(folder: Path) -> dict[str, Any] | None:
    """The record of a finished stage; None where it is missing, cannot be read, or was edited."""
    try:
        record = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
        signed = record.pop("digest")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if signed == digest(record) else None


def damaged_files(folder: Path, record: Mapping[str, Any], thorough: bool = True) -> list[str]:
    """Files of a stage that are not what its record says: missing, unreadable, of another size or content.

    Parameters
    ----------
    folder : Path
    record : mapping
        As `read_stage` returns it.
    thorough : bool
        Whether to read the files; sizes alone are compared otherwise.
    """
    bad = []
    for name, size in record["bytes"].items():
        path = folder / name
        try:
            same = path.is_file() and path.stat().st_size == size
            if same and thorough:
                same = file_digest(path) == record["files"][name]
        except OSError:
            same = False
        if not same:
            bad.append(name)
    return bad


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole: a reader never sees half a file."""
    write(path, json.dumps(value, indent=1, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    """Turn NumPy scalars and paths into what JSON knows."""
    return value.item() if hasattr(value, "item") else str(value)
