"""The house has floors: a module imports from below, and no two import each other, within functions either."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Rooms, lowest floor first: a module imports from its own room and from lower floors. Rooms of one floor do not know
#: each other. What stands in `workflows` itself is the roof: doors, which no room imports.
FLOORS = (
    ("data",),
    ("models", "figures"),
    ("workflows.store",),
    ("workflows.draws",),
    ("workflows.native",),
    ("workflows.samplers",),
    ("workflows.spec",),
    ("workflows.sampling",),
    ("workflows.judge",),
    ("workflows.estimands",),
    ("workflows.published",),
    ("workflows.pages",),
    ("workflows.run",),
    ("workflows.depth", "workflows.coalitions", "workflows.series"),
    ("workflows.commands",),
    ("workflows",),
)
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}
#: Lower floors of which a room knows nothing: samplers know PyMC's models, and no treaty.
UNKNOWN = {"workflows.samplers": {"models"}, "workflows.store": {"models", "figures"}}


def modules(root: Path) -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    found = {}
    for room in ("data", "models", "figures", "workflows"):
        for path in sorted((root / room).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """The house's modules that a file imports, wherever the import stands; not those for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    out = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            # What is imported from a package is either a module in it or something of the package itself.
            out |= {name if name in known else node.module for name in whole}
        elif isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
    return out & known.keys()


@cache
def graph(root: Path = ROOT) -> dict[str, set[str]]:
    """Who imports whom."""
    known = modules(root)
    return {name: imports(path, known) - {name} for name, path in known.items()}


def room_of(module: str) -> str:
    """The room in which a module stands."""
    two = ".".join(module.split(".")[:2])
    return two if two in LEVEL else module.split(".")[0]


def upward(found: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Imports of what does not lie below."""
    out = []
    for name, others in found.items():
        room = room_of(name)
        # Importing anything of `workflows` runs its `__init__`.
        for other in others - {"workflows"}:
            below = LEVEL[room_of(other)] < LEVEL[room] and room_of(other) not in UNKNOWN.get(room, ())
            if room_of(other) != room and not below:
                out.append((name, other))
    return sorted(out)


def circle(found: dict[str, set[str]]) -> list[str]:
    """One circle of imports; empty where there is none."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_room_stands_on_a_floor():
    folders = {f"workflows.{init.parent.name}" for init in (ROOT / "workflows").glob("*/__init__.py")}
    assert folders | {"data", "models", "figures", "workflows"} == set(LEVEL)


def test_every_import_goes_down():
    assert upward(graph()) == []


def test_no_two_modules_import_each_other_however_far():
    assert circle(graph()) == []


@pytest.mark.parametrize(
    ("module", "line", "finds"),
    [
        ("data.errors", "def f():\n    from models.joint import joint\n", upward),
        ("models.joint", "from figures.style import styled\n", upward),
        ("workflows.judge.gate", "from workflows.commands.run import run\n", upward),
        ("workflows.sampling.chains", "from workflows.judge.gate import gate\n", upward),
        ("workflows.depth.tables", "def f():\n    import workflows.coalitions.rungs\n", upward),
        ("workflows.pages.blocks", "from workflows import sample\n", upward),
        ("workflows.samplers.pymc", "from models.joint import joint\n", upward),
        (
            "workflows.draws.evaluate",
            "def f():\n    from workflows.estimands.effects import headline_effect\n",
            circle,
        ),
    ],
)
def test_one_that_is_added_is_found(module, line, finds, tmp_path):
    known = modules(ROOT)
    changed = tmp_path / "module.py"
    changed.write_text(known[module].read_text(encoding="utf-8") + "\n" + line)
    found = graph() | {module: imports(changed, known) - {module}}
    assert finds(found)
