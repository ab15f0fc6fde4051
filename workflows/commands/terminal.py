"""Where commands print: text comes out as it was written, whoever wrote it, and in whole lines; or JSON alone."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import typer
from rich.console import Console

PIPE = 400
"""Columns of a pipe or a file: tables take what they need of them, and nothing is squeezed or broken."""


def terminal(**options: Any) -> Console:
    """A console without markup: brackets and colons in titles, operations and notes are brackets and colons.

    What is to be bold or coloured is a `rich.text.Text`, or printed with ``style``.

    Parameters
    ----------
    **options
        Of `rich.console.Console`.
    """
    stream = sys.stderr if options.get("stderr") else options.get("file") or sys.stdout
    known = stream.isatty() or "COLUMNS" in os.environ
    return Console(
        markup=False, emoji=False, **{"highlight": False, "width": None if known else PIPE, **options}
    )


def say_json(values: Any, **options: Any) -> None:
    """Print values as JSON; a table among them is a list of its rows, in which missing is null.

    Parameters
    ----------
    values
    **options
        Of ``json.dumps``.
    """
    typer.echo(json.dumps(values, default=records, **{"indent": 2, **options}))


def records(table: Any) -> list[dict[str, Any]]:
    """Rows of a table as JSON values; missing is null."""
    return json.loads(table.to_json(orient="records"))
