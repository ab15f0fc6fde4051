"""Standard output: as wide as a terminal, and wide enough for whole lines where it is a pipe or a file."""

from __future__ import annotations

import os
import sys
from typing import Any

from rich.console import Console

#: Columns of a pipe: tables take what they need of them, and nothing is squeezed or broken.
PIPE = 400


def output(**look: Any) -> Console:
    """Return a console on standard output; `look` is Rich's."""
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else PIPE, **look)
