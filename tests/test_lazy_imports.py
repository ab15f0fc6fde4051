"""Imports inside functions, and those of benchmarks, are found only when these run: here each is resolved."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("data", "models", "figures", "workflows", "benchmarks")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_name_that_is_imported_from_this_project_is_there(file):
    absent = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
            continue
        if node.module.partition(".")[0] not in ROOMS:
            continue
        if find_spec(node.module) is None:
            absent.append(node.module)
            continue
        module = import_module(node.module)
        for name in node.names:
            if not hasattr(module, name.name) and find_spec(f"{node.module}.{name.name}") is None:
                absent.append(f"{node.module}.{name.name}")
    assert not absent
