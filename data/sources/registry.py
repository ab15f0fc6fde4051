"""The registry of data sources: what each file is, where it comes from, what its columns mean.

A source is one readable file, ``readers/NAME.toml``, found in its folder; this module only gives it types.
A *source* publishes *files*; each file that a reader understands follows a *table*, whose columns
carry the official name, the name used here, type, unit, missing codes, bounds and one codebook line.

``files``: path under the data folder, the table it follows, version, size, SHA-256 and rows where known, and the
address (a plain address, ``doi:<doi>/<file name>``, or the address of a zip with ``member``). ``tables``: key,
columns (``name here = { official name, type, unit, codes of missing, bounds, codebook line }``), how it names
``states`` and, where cells need more than that, the ``reader``. Empty cells, NA, N/A, NaN and "." are missing
everywhere. ``controls``: what a panel from official files can take from a table, with unit and meaning.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data.common.errors import InputError
from data.common.near import one_of

FOLDERS = [(Path(__file__).parent / "../readers").resolve()]
"""Where sources are found: a file put there is one."""

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

    def official(self, name: str) -> str:
        """The first official spelling of a column that is called ``name`` here."""
        return self.from_[0] if self.from_ else name


class States(_Strict):
    """How a column ``by`` of a table names states, for a further column with their Correlates of War codes.

    ``codes`` is what stands there: names (of the source ``context``, where some mean another state), ISO 3166
    alpha-3 codes, or the numbers of a scheme. ``year`` is that of all codes, where the table itself has no years.
    """

    by: str
    codes: Literal["name", "iso3", "cow", "gw", "polity"]
    context: str = ""
    year: int | None = None


class Table(_Strict):
    """The layout shared by one or more files: its key, its columns, its quirks.

    ``duplicates``: ``refuse`` (two rows with one key are an error) or ``report`` (they stay and are flagged).
    ``encoding``: what the bytes may be when they are not UTF-8. ``dated``: the column of days that give ``year``.
    ``states``: columns with the codes of the states that others name. ``reader`` is the function, as ``module:function``
    of `data.readers`, that makes more of the cells than the columns say.
    """

    about: str
    key: tuple[str, ...] = ()
    duplicates: Literal["refuse", "report"] = "refuse"
    encoding: str = ""
    skip_if_blank: tuple[str, ...] = ()
    reader: str = ""
    dated: str = ""
    states: dict[str, States] = Field(default_factory=dict)
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


class Control(_Strict):
    """What a panel can take from a table with one row a state and year: a column, or its log."""

    table: str
    version: str = ""
    column: str
    log: bool = False
    unit: str
    about: str


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
    controls: dict[str, Control] = Field(default_factory=dict)


def parse_source(text: str) -> Source:
    """Validate the text of a source."""
    return Source.model_validate(tomllib.loads(text))


@lru_cache(maxsize=1)
def registry() -> dict[str, Source]:
    """All sources by name, in the order of their names."""
    found = {path.stem: path for folder in FOLDERS for path in folder.glob("*.toml")}
    return {name: parse_source(found[name].read_text(encoding="utf-8")) for name in sorted(found)}


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


@lru_cache(maxsize=256)
def file_of(name: str, version: str = "") -> File:
    """The file of a table in a version, the first that is listed where several are.

    Of a source's name without a table, its files that follow none.
    """
    files = source(name.partition(".")[0]).files
    held = [file for file in files if file.table == (name if "." in name else "")]
    found = [file for file in held if version in ("", file.version)]
    if not found:
        raise InputError(f"{name} of {version or 'any version'}", one_of(version, [f.version for f in held]))
    return found[0]


@lru_cache(maxsize=1)
def _by_place() -> dict[str, tuple[str, File]]:
    return {file.path: (name, file) for name, entry in registry().items() for file in entry.files}


def registered(path: Path | str) -> tuple[str, File] | None:
    """The source name and registry entry of a file, recognised by its folder and name; None if unknown."""
    parts = PurePosixPath(Path(path).as_posix()).parts
    return _by_place().get("/".join(parts[-2:]))
