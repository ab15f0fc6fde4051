"""The house has floors: a module imports from below, and no two import each other, within functions either.

Imports stand at the top of a module, but where somebody waits for what they load.
"""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Rooms, lowest floor first: a module imports from its own room and from lower floors. Rooms of one floor do not know
#: each other. What stands in `data` and `workflows` themselves is a roof: doors, which none of their rooms imports.
FLOORS = (
    ("data.common",),
    ("data.names",),
    ("data.sources",),
    ("data.readers",),
    ("data.tables",),
    ("data.treaties",),
    ("data.facts",),
    ("data.assembly",),
    ("data.own",),
    ("data.variables",),
    ("data.studies",),
    ("data.panels",),
    ("data.rebuilt", "data.coalitions"),
    ("data",),
    ("models", "figures"),
    ("workflows.store",),
    ("workflows.machine",),
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

#: Rooms whose modules import within functions, and what must not wait for that.
LATE_ROOMS = {
    "workflows.commands": "--version, --help and the Tab key",
    "workflows.run.stages": "a run that finds its stages on disk, and asks all of them for their keys",
    "workflows.pages.sections": "the same run, for the key of its page",
    "workflows.samplers": "the spec that names a sampler",
}
#: Single modules that do, and why.
LATE = {
    "workflows.draws.evaluate": "Numba: draws of a short panel are evaluated in NumPy",
    "workflows.entry": "Ctrl-C is minded before the command line is loaded",
    "workflows.run.run": "PyMC: a run that finds its stages on disk samples nothing",
    "workflows.run.doctor": "PyMC and all else: an installation that lacks it is what it is asked about",
    "workflows.pages.figure_files": "Matplotlib: a page shows figures that are drawn already",
    "workflows.coalitions.run": "Matplotlib: a run that finds its page on disk draws nothing",
    "workflows.series.calibrate": "Matplotlib: each worker loads the module, and draws nothing",
    "workflows.estimands.fit": "ArviZ: most fits are judged without it",
    "workflows.published.study": "readers of panels: a run asks a study for its name and digest",
    "data.panel": "readers of official files: a panel that is on disk is opened without them",
    "models.item_priors": "NumPy and pandas: a spec is read for help without them",
    "models.likelihoods": "PyMC: a spec is read without it",
    "models.likelihoods._traits": "the same",
}


def modules(root: Path) -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    found = {}
    for room in ("data", "models", "figures", "workflows"):
        for path in sorted((root / room).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


def imports(path: Path, known: dict[str, Path], *, late: bool = False) -> set[str]:
    """The house's modules that a file imports, wherever the import stands; not those for type checkers alone.

    Of these, those that are imported within functions, where `late`.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    looked = {inner for node in functions for inner in ast.walk(node)} if late else set(ast.walk(tree))
    out = set()
    for node in looked - for_types:
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
        # Importing anything of these runs their `__init__`.
        for other in others - {"data", "workflows"}:
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


def late(found: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Of imports within functions, those that have no reason to stand there."""
    return sorted(
        (name, other)
        for name, others in found.items()
        for other in others
        if name not in LATE and not name.startswith(tuple(f"{room}." for room in LATE_ROOMS))
    )


def test_every_room_stands_on_a_floor():
    houses = ("data", "workflows")
    folders = {
        f"{house}.{init.parent.name}" for house in houses for init in (ROOT / house).glob("*/__init__.py")
    }
    assert folders | {"models", "figures", *houses} == set(LEVEL)


def test_every_import_goes_down():
    assert upward(graph()) == []


def test_no_two_modules_import_each_other_however_far():
    assert circle(graph()) == []


@pytest.mark.parametrize(
    ("module", "line", "finds"),
    [
        ("data.common.errors", "def f():\n    from models.joint import joint\n", upward),
        ("data.readers.layout", "from data.tables.reading import official\n", upward),
        ("data.panels.bundled", "def f():\n    from data.panel import build_panel\n", upward),
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


def test_imports_stand_at_the_top_of_a_module(tmp_path):
    known = modules(ROOT)
    within = {name: imports(path, known, late=True) for name, path in known.items()}
    assert late(within) == []
    assert [name for name in LATE if not within[name]] == [], "listed, and imports at the top"
    changed = tmp_path / "module.py"
    added = "\ndef f():\n    from data.common.errors import InputError\n"
    changed.write_text(known["workflows.judge.gate"].read_text(encoding="utf-8") + added)
    assert late({"workflows.judge.gate": imports(changed, known, late=True)})
