"""The source that a result depends on: the modules that its computation imports, however far, and what they read.

Found in the text of the modules, none of which is imported: a run that finds its stages on disk loads little.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("data", "models", "figures", "workflows")
READ = (".j2", ".css", ".js", ".csv", ".toml", ".json")
"""Endings of what modules read: templates and tables."""

_FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)*", re.M)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([\w., \t]+))", re.M
)
_FINDS = ("__path__", "import_module(")
"""What a package names that finds modules in its folder."""
_WITHIN = tuple(f"{room}." for room in ROOMS)
_QUOTED = re.compile(r"""["']((?:\.\./)?[\w.]+)(?::\w+)?["']""")


def environment() -> dict[str, str]:
    """The environment of this process, in which another Python finds the same source."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def code_digest(*modules: str) -> str:
    """SHA-256 over the closure of modules, with the files that these read beside them; 64 hexadecimal digits."""
    state = hashlib.sha256()
    for module in sorted(closure(*modules)):
        state.update(f"{module} {_digest(module)}\n".encode())
    return state.hexdigest()


@cache
def _digest(module: str) -> str:
    state = hashlib.sha256()
    for path in _files(module):
        state.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return state.hexdigest()


def closure(*modules: str) -> set[str]:
    """The modules of the project that these import, those that they import, and so on; these among them.

    Imports within functions count; those for type checkers alone do not. Of a module from elsewhere, such as a
    likelihood of one's own, those count too that lie beside it.

    Parameters
    ----------
    *modules : str
        Dotted names.

    Raises
    ------
    ModuleNotFoundError
        If there is no such module.
    """
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += imported(module)
    return found


@cache
def imported(module: str) -> frozenset[str]:
    """The project's modules that a module imports or names in quotes, and the packages that it stands in."""
    text = _text(module)
    out = {module.rsplit(".", 1)[0]} if "." in module else set()
    for package, names, plain in _IMPORT.findall(_FOR_TYPES.sub("", text)):
        if package:
            listed = re.findall(r"\w+", re.sub(r"#.*", "", names))
            out |= {package, *(f"{package}.{name}" for name in listed)}
        else:
            out |= {part.split(" as ")[0].strip() for part in plain.split(",")}
    out |= {name for name in _quoted(module) if name.startswith(_WITHIN)}
    path = _path(module)
    if path is not None and path.name == "__init__.py" and any(sign in text for sign in _FINDS):
        # A package that finds its modules in its folder.
        out |= {f"{module}.{file.stem}" for file in path.parent.glob("*.py") if file.stem != "__init__"}
    return frozenset(name for name in out if _counts(name, module) and _path(name) is not None)


def _counts(name: str, importer: str) -> bool:
    """Whether a name that a module imports may be one of the modules that are followed."""
    top, other = name.split(".")[0], importer.split(".")[0]
    if top in ROOMS or other in ROOMS:
        return top in ROOMS
    found, own = _path(top), _path(other)
    if top == other or found is None or own is None:
        return top == other
    return found.parent == own.parent and "site-packages" not in own.parts


@cache
def _path(module: str) -> Path | None:
    """File of a module; None where the name is not one of a module, such as that of a function in one."""
    if module.split(".")[0] not in ROOMS:
        return _elsewhere(module)
    place = ROOT.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def _elsewhere(module: str) -> Path | None:
    """File of a module that is not the project's; a module of Python itself has none."""
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(found.origin) if found and found.has_location and found.origin else None


@cache
def _text(module: str) -> str:
    path = _path(module)
    if path is None:
        raise ModuleNotFoundError(f"no module {module}", name=module)
    return path.read_text(encoding="utf-8")


@cache
def _quoted(module: str) -> frozenset[str]:
    """What a module names in quotes, as modules and files are named."""
    return frozenset(_QUOTED.findall(_text(module)))


@cache
def _beside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _files(module: str) -> Iterator[Path]:
    """A module's file, and templates and tables that it names in quotes.

    They stand beside it, or beside its folder (``"../bundled"``); of a folder all of them are meant.
    """
    path = _path(module)
    if path is None:
        return
    yield path
    quoted = _quoted(module)
    for folder, before in ((path.parent, ""), (path.parent.parent, "../")):
        if not any(name.startswith(before) for name in quoted):
            continue
        for beside in _beside(folder):
            if before + beside.name in quoted:
                inside = sorted(beside.rglob("*")) if beside.is_dir() else [beside]
                yield from (file for file in inside if file.suffix in READ)
