"""Where commands print: text comes out as it was written, whoever wrote it, and in whole lines."""

from __future__ import annotations

import os
import sys
from typing import Any

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
