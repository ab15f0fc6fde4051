"""Downloads of registered files: resumed, verified, unpacked safely, and never half under a final name.

pooch keeps the last step (temporary file, checksum, rename) and resolves a DOI to a repository; the transfer
itself is a small pooch downloader on requests, because pooch does not resume one that was cut.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pooch
import requests
from platformdirs import user_data_path
from urllib3.exceptions import NewConnectionError

from data.common.disk import write
from data.common.errors import InputError
from data.sources.registry import File, source
from data.sources.verify import digest

Progress = Callable[[str, int, int], None]
_BLOCK = 1 << 14
_MAX_UNPACKED = 1 << 30
_TIMEOUT = (10, 30)  # seconds to connect and between two blocks
pooch.get_logger().setLevel(logging.WARNING)  # progress is ours to show


@dataclass(frozen=True)
class Fetched:
    """What became of one file: ``present``, ``fetched``, ``by hand`` (no address) or ``failed``."""

    path: str
    status: str
    message: str = ""


def data_folder(given: Path | None = None) -> Path:
    """The data folder: the one given, or ``$COALITION_DATA``, or the user's own data folder."""
    named = os.environ.get("COALITION_DATA")
    return Path(given or named or user_data_path("coalition-workbench") / "data")


def _silent(name: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass
class Resuming:
    """A pooch downloader that keeps what has arrived in ``<file>.part`` and goes on from there.

    Parameters
    ----------
    parts : path
        Folder of partial files, kept between runs.
    progress : callable
        Called with name, bytes so far, bytes in all (0 if unknown).
    tries : int
        Attempts on a cut connection or a server error, each going on where the last stopped.
    wait : float
        Seconds before the second attempt, doubled each time.
    """

    parts: Path
    progress: Progress = _silent
    tries: int = 4
    wait: float = 0.5

    def __call__(self, url: str, output_file: str, _: object) -> None:
        """Download ``url`` and put the whole file where pooch wants it."""
        address = resolve(url)
        self.parts.mkdir(parents=True, exist_ok=True)
        part = self.parts / (hashlib.sha256(url.encode()).hexdigest()[:24] + ".part")
        for attempt in range(1, self.tries + 1):
            try:
                self._transfer(address, part)
                break
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                if attempt == self.tries or _never_connected(error):
                    raise
            except requests.HTTPError as error:
                if attempt == self.tries or status_of(error) < 500:
                    raise
            time.sleep(self.wait * 2 ** (attempt - 1))
        Path(output_file).write_bytes(part.read_bytes())
        # Pooch's temporary file is closed to all others; the part has the rights that the user's umask leaves.
        shutil.copymode(part, output_file)
        part.unlink()
        _tag(part).unlink(missing_ok=True)

    def _transfer(self, address: str, part: Path) -> None:
        have = part.stat().st_size if part.exists() else 0
        headers = {
            "Accept-Encoding": "identity"
        }  # a byte range counts bytes of the file, not of a compression
        tag = json.loads(_tag(part).read_text()) if have and _tag(part).exists() else ""
        if have and tag:
            headers |= {"Range": f"bytes={have}-", "If-Range": tag}
        with requests.get(address, headers=headers, stream=True, timeout=_TIMEOUT) as response:
            if response.status_code == 416:
                part.unlink()
                raise requests.ConnectionError("the partial file does not fit the server's")
            response.raise_for_status()
            resumed = response.status_code == 206
            if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                part.unlink()
                raise requests.ConnectionError("the server sent another range")
            have = have if resumed else 0
            total = have + int(response.headers.get("Content-Length") or 0)
            tag = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
            if not resumed:
                _tag(part).write_text(json.dumps("" if tag.startswith("W/") else tag))
            with part.open("ab" if resumed else "wb") as out:
                for block in response.iter_content(_BLOCK):
                    out.write(block)
                    have += len(block)
                    self.progress(address, have, total)
            if total > 0 and have < total and response.headers.get("Content-Length"):
                raise requests.ConnectionError(f"cut after {have} of {total} bytes")


def _never_connected(error: requests.RequestException) -> bool:
    """Whether no connection came about at all: waiting does not help who is offline."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def status_of(error: requests.HTTPError) -> int:
    """The HTTP status behind an error, 0 if the server gave none."""
    return error.response.status_code if error.response is not None else 0


def _tag(part: Path) -> Path:
    return part.with_suffix(".tag")


def resolve(address: str) -> str:
    """The plain address behind ``doi:<doi>/<file name>``, asked of the repository; others as they are."""
    if not address.startswith("doi:"):
        return address
    parsed = pooch.utils.parse_url(address)
    repository = pooch.downloaders.doi_to_repository(parsed["netloc"])
    return repository.download_url(parsed["path"].strip("/"))


def by_hand(folder: Path, name: str, file: File) -> str:
    """One line that says where a file comes from and where to put it."""
    return f"put it by hand at {folder / file.path} (from {file.address or source(name).address})"


def is_good(path: Path, file: File) -> bool:
    """Whether the file is there with the registered checksum, or there at all if none is registered."""
    return path.is_file() and (not file.sha256 or digest(path) == file.sha256)


def fetch(
    name: str, folder: Path, *, progress: Progress = _silent, tries: int = 4, wait: float = 0.5
) -> list[Fetched]:
    """Download the files of a source that are not in the folder yet.

    Parameters
    ----------
    name : str
        A source of the registry.
    folder : path
        The data folder; files are put where the registry says.
    progress : callable
        Called with address, bytes so far, bytes in all.
    tries, wait
        See ``Resuming``.

    Returns
    -------
    list of Fetched
        One for each file of the source; a failure is an outcome with one line, and the others go on.

    Raises
    ------
    InputError
        For an unknown source.
    """
    outcomes: list[Fetched] = []
    archives: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for file in source(name).files:
            target = folder / file.path
            if is_good(target, file):
                outcomes.append(Fetched(file.path, "present"))
                continue
            if not file.address:
                why = (
                    f"made from another file ({file.derived})"
                    if file.derived
                    else by_hand(folder, name, file)
                )
                outcomes.append(Fetched(file.path, "by hand", why))
                continue
            new = [d for d in (target.parent, *target.parent.parents, folder / ".parts") if not d.exists()]
            try:
                _get(
                    file,
                    target,
                    Path(scratch),
                    archives,
                    Resuming(folder / ".parts", progress, tries, wait),
                )
                outcomes.append(Fetched(file.path, "fetched"))
            except InputError as error:
                hint = by_hand(folder, name, file)
                outcomes.append(Fetched(file.path, "failed", f"{error.found}; {hint}"))
            finally:
                _remove_empty(new)
    return outcomes


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders, the innermost first, that were made for a download and hold nothing after it."""
    for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _get(file: File, target: Path, scratch: Path, archives: dict[str, Path], downloader: Resuming) -> None:
    if not file.member:
        _retrieve(file.address, f"sha256:{file.sha256}" if file.sha256 else None, target, downloader)
        return
    if file.address not in archives:
        archive = scratch / f"{len(archives)}.zip"
        _retrieve(file.address, None, archive, downloader)
        archives[file.address] = archive
    unpack(archives[file.address], file, target)


def _retrieve(address: str, known: str | None, target: Path, downloader: Resuming) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        pooch.retrieve(address, known, fname=target.name, path=target.parent, downloader=downloader)
    except requests.HTTPError as error:
        raise InputError(f"the server's answer {status_of(error)} for {address}", "the file") from error
    except (requests.RequestException, OSError) as error:
        raise InputError(f"no download of {address} ({type(error).__name__})", "a connection") from error
    except ValueError as error:  # pooch's word for a checksum that differs, or for an unknown DOI
        what = "a file with another checksum" if "hash" in str(error).lower() else f"no such file ({error})"
        raise InputError(f"{what} at {address}", "the registered file") from error


def unpack(archive: Path, file: File, target: Path) -> None:
    """Take the registered member out of a zip and put it, verified, at ``target``.

    Only the member's bytes are used: its path inside the archive never decides where anything is written.

    Raises
    ------
    InputError
        For a damaged archive, a missing or oversized member, or another checksum.
    """
    try:
        with zipfile.ZipFile(archive) as box:
            hits = [entry for entry in box.infolist() if PurePosixPath(entry.filename).name == file.member]
            if len(hits) != 1:
                raise InputError(f"{len(hits)} members {file.member} in {file.address}", "one")
            if hits[0].file_size > _MAX_UNPACKED:
                raise InputError(f"a member of {hits[0].file_size} bytes in {file.address}", "at most 1 GiB")
            blob = box.read(hits[0])
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise InputError(f"a damaged archive at {file.address} ({error})", "a zip archive") from error
    if file.sha256 and hashlib.sha256(blob).hexdigest() != file.sha256:
        raise InputError(f"another {file.member} in {file.address}", "the registered file")
    write(target, blob)
