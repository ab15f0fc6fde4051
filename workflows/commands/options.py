"""Options that mean the same in every command."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How a command speaks: a readable page, or JSON alone on standard output."""

    text = "text"
    json = "json"


class UnderEstimate(StrEnum):
    """What stands beside an estimate in a table for a paper."""

    interval = "interval"
    error = "error"


WhatIsUnder = Annotated[
    UnderEstimate, typer.Option("--under", help="With --write: interval, or (standard) error.")
]
DataDir = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of research data in official formats.")
]
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that holds runs.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of every random number.")]
Format = Annotated[OutputFormat, typer.Option("--format", help="text or json.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]

Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes side by side.")]
Scheduler = Annotated[
    str, typer.Option("--scheduler", help="local, or the address of a Dask scheduler (tcp://host:port).")
]


def complete_spec(start: str) -> list[str]:
    """Names of bundled specs, and TOML files of this folder, that begin with `start`."""
    from workflows.spec import bundled_specs

    return [
        n for n in (*bundled_specs(), *sorted(p.name for p in Path().glob("*.toml"))) if n.startswith(start)
    ]


def complete_source(start: str) -> list[str]:
    """Names of data sources that begin with `start`."""
    from data.sources import registry

    return [name for name in registry() if name.startswith(start)]
