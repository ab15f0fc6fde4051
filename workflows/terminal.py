"""Where commands print: text comes out as it was written, whoever wrote it."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console

WIDE = 160
"""Columns of a pipe that is to get whole lines."""


def terminal(**options: Any) -> Console:
    """A console without markup: brackets and colons in titles, operations and notes are brackets and colons.

    What is to be bold or coloured is a `rich.text.Text`, or printed with ``style``.

    Parameters
    ----------
    **options
        Of `rich.console.Console`.
    """
    return Console(markup=False, emoji=False, **{"highlight": False, **options})


def wide_terminal() -> Console:
    """Standard output; wide where it is no terminal, so that a pipe gets whole lines."""
    return terminal(width=None if sys.stdout.isatty() else WIDE)
