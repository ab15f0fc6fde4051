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


DataDir = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of research data in official formats.")
]
OutDir = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that holds runs.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of every random number.")]
Format = Annotated[OutputFormat, typer.Option("--format", help="text or json.")]
