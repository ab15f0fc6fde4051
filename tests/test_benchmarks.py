"""Benchmarks are run by hand, months apart: what they import of this project must still be there."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("benchmarks", "data", "figures", "models", "tests", "workflows")
FILES = sorted((ROOT / "benchmarks").rglob("*.py"))


def taken(path: Path) -> list[tuple[str, str]]:
    """Modules of this project that a file imports names from, and the names."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [
        (node.module, one.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in OURS
        for one in node.names
    ]


def held(module: str) -> set[str]:
    """Names at the top level of a module, and the modules within it."""
    base = ROOT.joinpath(*module.split("."))
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    names = {inside.stem for inside in base.glob("*")} if base.is_dir() else set()
    if not path.exists():
        return names
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(one.asname or one.name).partition(".")[0] for one in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "benchmarks")))
def test_a_benchmark_imports_what_is_there(path):
    lost = [f"{module}.{name}" for module, name in taken(path) if name not in held(module)]
    assert not lost


def test_a_name_that_is_not_there_would_be_seen():
    assert "bands" in held("workflows.bands")
    assert "no_such_name" not in held("workflows.bands")
    assert not held("workflows.no_such_module")
