"""Options that mean the same in every command, and are checked before anything else happens."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data.common.errors import InputError


class OutputFormat(StrEnum):
    """How a command speaks: a readable page, or JSON alone on standard output."""

    text = "text"
    json = "json"


def _there(folder: Path | None) -> Path | None:
    """Refuse a data folder that is none."""
    if folder is not None:
        try:
            next(folder.iterdir(), None)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise InputError(f"no such folder ({said})", "a folder of research data", file=folder) from None
    return folder


def _no_file(folder: Path) -> Path:
    """Refuse a folder of runs that is something else; one that is not there holds none."""
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError("a file", "a folder that holds runs", file=folder)
    except OSError as error:
        raise InputError(f"{error.strerror}", "a folder that holds runs", file=folder) from None
    return folder


def writable(folder: Path | None) -> Path | None:
    """Refuse a folder in which nothing can be written; it need not be there yet, and is not made here."""
    if folder is None:
        return folder
    try:
        place = next(one for one in (folder, *folder.absolute().parents) if one.exists() or one.is_symlink())
        with tempfile.TemporaryFile(dir=place):
            return folder
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InputError(said, "a folder that can be created and written", file=folder) from None


def new_file(file: Path | None) -> Path | None:
    """Refuse a file that cannot be written."""
    if file is not None:
        writable(file.parent)
        try:
            if file.is_dir():
                raise InputError("a folder", "a file to write", file=file)
            if file.is_symlink():
                file.stat()
        except OSError as error:
            raise InputError(f"{error.strerror}", "a file to write", file=file) from None
    return file


def new_table(file: Path | None) -> Path | None:
    """Refuse a file that cannot be written, or whose ending names no form of table."""
    if file is not None:
        from workflows.published.tables import form_of

        form_of(file)
    return new_file(file)


class UnderEstimate(StrEnum):
    """What stands beside an estimate in a table for a paper."""

    interval = "interval"
    error = "error"


WhatIsUnder = Annotated[
    UnderEstimate, typer.Option("--under", help="With --write: interval, or (standard) error.")
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", callback=_there, help="Folder of research data in official formats."
    ),
]
NewDataDir = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", callback=writable, help="Folder of research data, made if need be."
    ),
]
OutDir = Annotated[
    Path, typer.Option("--out", metavar="DIR", callback=writable, help="Folder that holds runs.")
]
FilesDir = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        callback=writable,
        help="Folder that tables, figures and pages are written into.",
    ),
]
RunsDir = Annotated[
    Path, typer.Option("--out", metavar="DIR", callback=_no_file, help="Folder that holds runs.")
]
LARGEST_SEED = 2**32 - 1
Seed = Annotated[int, typer.Option("--seed", min=0, max=LARGEST_SEED, help="Seed of every random number.")]
OwnSeed = Annotated[
    int | None, typer.Option("--seed", min=0, max=LARGEST_SEED, help="Seed of every random number.")
]
Chains = Annotated[int | None, typer.Option("--chains", min=1, max=64, help="Independent chains.")]
Draws = Annotated[
    int | None, typer.Option("--draws", min=10, max=1_000_000, help="Kept draws of each chain.")
]
Format = Annotated[OutputFormat, typer.Option("--format", help="text or json.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]

Workers = Annotated[int, typer.Option("--workers", min=1, max=1024, help="Processes side by side.")]
Scheduler = Annotated[
    str, typer.Option("--scheduler", help="local, or the address of a Dask scheduler (tcp://host:port).")
]


def complete_spec(start: str) -> list[str]:
    """Names of bundled specs, and TOML files of this folder, that begin with `start`."""
    from workflows.spec.run import bundled_specs

    return [
        n for n in (*bundled_specs(), *sorted(p.name for p in Path().glob("*.toml"))) if n.startswith(start)
    ]


def complete_source(start: str) -> list[str]:
    """Names of data sources that begin with `start`."""
    from data.sources.registry import registry

    return [name for name in registry() if name.startswith(start)]
