"""Parts that are found in their folder: one file each, a name that begins with an underscore is none."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def parts(path: Iterable[str]) -> tuple[str, ...]:
    """Names of the parts of a package, in order, none of which is imported.

    Parameters
    ----------
    path : iterable of str
        The package's ``__path__``: a test adds a folder to it, and with it a part.
    """
    return tuple(sorted(found.name for found in iter_modules(path) if not found.name.startswith("_")))


def part(package: str, path: Iterable[str], name: str, held: str) -> Any:
    """What the file of a part holds.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    path : iterable of str
        Its ``__path__``.
    name : str
        Of the part.
    held : str
        What each file of the package holds, such as ``SAMPLER``.

    Raises
    ------
    ValueError
        If there is no such part, with the known names.
    """
    if name not in parts(path):
        raise ValueError(f"{held.lower()} {name!r} is not one of {', '.join(parts(path))}")
    return getattr(import_module(f"{package}.{name}"), held)
