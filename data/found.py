"""Parts that are found in their folder: one file each, a name that begins with an underscore is none."""

from __future__ import annotations

from collections.abc import Iterable
from pkgutil import iter_modules


def parts(path: Iterable[str]) -> tuple[str, ...]:
    """Names of the parts of a package, in order, none of which is imported.

    Parameters
    ----------
    path : iterable of str
        The package's ``__path__``: a test adds a folder to it, and with it a part.
    """
    return tuple(sorted(found.name for found in iter_modules(path) if not found.name.startswith("_")))
