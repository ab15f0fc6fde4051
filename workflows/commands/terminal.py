"""Where commands print: text comes out as it was written, whoever wrote it, and in whole lines; or JSON alone."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

PIPE = 400
"""Columns of a pipe or a file: tables take what they need of them, and nothing is squeezed or broken."""


#: How a table without lines is made.
PLAIN: dict[str, Any] = {"box": None, "pad_edge": False}


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


def columns(*headings: str, **options: Any) -> Table:
    """A table without rows, of which nothing is cut off where a terminal is narrow.

    Parameters
    ----------
    *headings : str
        One that begins with ``>`` stands over numbers, which are set to the right.
    **options
        Of `rich.table.Table`.
    """
    table = Table(**options)
    for heading in headings:
        side = "right" if heading.startswith(">") else "left"
        table.add_column(heading.removeprefix(">"), justify=side, overflow="fold")
    return table


def bare(*headings: str) -> Table:
    """The same without lines, for what is long; names in the first column stay whole, so that they can be copied."""
    table = columns(*headings, **PLAIN)
    table.columns[0].no_wrap = True
    return table


def print_table(title: str, frame: pd.DataFrame) -> None:
    """Print a table below its title, if it has one; missing is empty."""
    table = columns(*map(str, frame.columns), **PLAIN)
    for row, missing in zip(frame.itertuples(index=False), frame.isna().itertuples(index=False), strict=True):
        table.add_row(*("" if gone else _cell(value) for value, gone in zip(row, missing, strict=True)))
    console = terminal()
    if title:
        console.print(f"\n{title}", style="bold")
    console.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"
    return str(value)


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
