"""A data folder against the registry: what is there, whether it is what it should be, what it allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.common.errors import InputError
from data.sources.registry import registry
from data.sources.verify import digest


@dataclass(frozen=True)
class Checked:
    """One registered or foreign file.

    ``state``: ``good`` (registered bytes), ``altered`` (other bytes), ``unverified`` (registered without a
    checksum), ``missing``, or ``unknown`` (in the folder, not in the registry).
    """

    path: str
    source: str
    version: str
    state: str
    allows: str = ""


def check_folder(folder: Path) -> list[Checked]:
    """Verify every file of a data folder.

    Parameters
    ----------
    folder : path
        Laid out as the registry says.

    Returns
    -------
    list of Checked
        Registered files first, in the order of the registry, then the unknown ones.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InputError("no such folder", "a data folder (coalition data fetch makes one)", file=folder)
    checked: list[Checked] = []
    known: set[str] = set()
    for name, entry in registry().items():
        for file in entry.files:
            known.add(file.path)
            path = folder / file.path
            if not path.is_file():
                state = "missing"
            elif not file.sha256:
                state = "unverified"
            else:
                state = "good" if digest(path) == file.sha256 else "altered"
            allows = (
                entry.allows if (file.table or not entry.tables) and state in ("good", "unverified") else ""
            )
            checked.append(Checked(file.path, name, file.version, state, allows))
    for path in sorted(folder.glob("*/*")):
        place = path.relative_to(folder).as_posix()
        if path.is_file() and place not in known and not place.startswith("."):
            checked.append(Checked(place, "", "", "unknown"))
    return checked
