"""What is done with a model: check, sample, diagnose, compare, report; and the command line."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def shadowed() -> str | None:
    """One line about a package of this project that another file of the same name hides, if any.

    The packages `data`, `models` and `figures` stand at the top level, so that a user's own
    ``models.py`` or ``data/`` can come first on the import path.
    """
    home = Path(__file__).resolve().parent.parent
    for name in ("data", "models", "figures"):
        spec = find_spec(name)
        places = (
            [spec.origin]
            if spec and spec.origin
            else list(spec.submodule_search_locations or [])
            if spec
            else []
        )
        if not places:
            return f"package {name!r}: found nothing; expected {home / name} (reinstall coalition-workbench)"
        found = Path(places[0]).resolve()
        if home / name not in (found, found.parent):
            return (
                f"{found}: found a module named {name!r} that hides coalition-workbench's own; "
                f"expected {home / name} (rename yours, or start from another folder)"
            )
    return None


_line = shadowed()
if _line:
    if Path(sys.argv[0]).stem == "coalition":
        sys.stderr.write(f"error: {_line}\n")
        raise SystemExit(2)
    raise ImportError(_line)
