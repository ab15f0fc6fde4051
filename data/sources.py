"""The registry of data sources: what each file is, where it comes from, what its columns mean.

The facts are in ``sources.toml``, one readable file; this module only gives it types.
A *source* publishes *files*; each file that a reader understands follows a *table*, whose columns
carry the official name, the name used here, type, unit, missing codes, bounds and one codebook line.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data.errors import InputError
from data.near import one_of

REGISTRY = Path(__file__).with_name("sources.toml")

Kind = Literal["integer", "number", "text", "flag", "ccode", "year", "iso3", "count", "date"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(_Strict):
    """One column of an official table.

    ``from_`` holds the official spellings, tried in order; ``missing`` the codes that stand for a missing
    value besides the empty ones; ``low`` and ``high`` the closed bounds of a credible value in ``unit``.
    """

    about: str
    type: Kind = "number"
    from_: tuple[str, ...] = Field(default=(), alias="from")
    unit: str = ""
    low: float | None = None
    high: float | None = None
    missing: tuple[float, ...] = ()
    required: bool = False
    optional: bool = False

    @field_validator("from_", mode="before")
    @classmethod
    def _one_or_more(cls, spelling: object) -> object:
        return (spelling,) if isinstance(spelling, str) else spelling


class Table(_Strict):
    """The layout shared by one or more files: its key, its columns, its quirks.

    ``duplicates``: ``refuse`` (two rows with one key are an error) or ``report`` (they stay and are flagged).
    ``encoding``: what the bytes may be when they are not UTF-8. ``members`` names the object of an R file.
    """

    about: str
    key: tuple[str, ...] = ()
    duplicates: Literal["refuse", "report"] = "refuse"
    encoding: str = ""
    skip_if_blank: tuple[str, ...] = ()
    columns: dict[str, Column]


class File(_Strict):
    """One file: its place under the data folder and, where known, size, SHA-256, rows and address.

    ``member`` is the name inside the archive at ``address``. ``derived`` says how a file that is not
    the publisher's own was made. ``doi_file`` is the file's name within a repository given by DOI.
    """

    path: str
    table: str = ""
    version: str = ""
    bytes: int | None = None
    sha256: str = ""
    rows: int | None = None
    address: str = ""
    member: str = ""
    derived: str = ""
    note: str = ""


class Source(_Strict):
    """A publication of data: how to cite it, on what terms, and its files and tables."""

    title: str
    version: str
    address: str
    licence: str
    citation: str
    unit_of_observation: str
    allows: str
    traps: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    tables: dict[str, Table] = Field(default_factory=dict)


def parse_registry(text: str) -> dict[str, Source]:
    """Validate the text of a registry and return its sources by name."""
    return {name: Source.model_validate(body) for name, body in tomllib.loads(text).items()}


@lru_cache(maxsize=1)
def registry() -> dict[str, Source]:
    """All sources by name, in the order of the registry file."""
    return parse_registry(REGISTRY.read_text(encoding="utf-8"))


def source(name: str) -> Source:
    """One source by name, hyphens standing for underscores: a study's name is that of its files.

    Raises
    ------
    InputError
        For an unknown name, with the nearest known ones.
    """
    known = registry()
    name = name if name in known else name.replace("-", "_")
    if name not in known:
        raise InputError(f"the source {name!r}", one_of(name, known))
    return known[name]


def table(name: str) -> Table:
    """The table called ``source.table``, for example ``cow_nmc.capabilities``."""
    source_name, _, table_name = name.partition(".")
    tables = source(source_name).tables
    if table_name not in tables:
        raise InputError(f"the table {name!r}", one_of(table_name, tables))
    return tables[table_name]


@lru_cache(maxsize=1)
def _by_place() -> dict[str, tuple[str, File]]:
    return {file.path: (name, file) for name, entry in registry().items() for file in entry.files}


def registered(path: Path | str) -> tuple[str, File] | None:
    """The source name and registry entry of a file, recognised by its folder and name; None if unknown."""
    parts = PurePosixPath(Path(path).as_posix()).parts
    return _by_place().get("/".join(parts[-2:]))
