"""Numbers, intervals and per cent are written in one way, by `figures.words`: what is done by hand drifts apart."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Where sentences, tables and figures are made; `figures/words.py` itself is the one place that may do it by hand.
FILES = sorted(
    path
    for room in ("data", "figures", "models", "workflows")
    for path in (ROOT / room).rglob("*.py")
    if path != ROOT / "figures" / "words.py"
)
_HYPHEN, _MINUS = "-", "\N{MINUS SIGN}"


def _faults(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue):
            spec = "".join(
                v.value for v in getattr(node.format_spec, "values", ()) if isinstance(v, ast.Constant)
            )
            if spec.endswith("%"):
                found.append(f"line {node.lineno}: {{...:{spec}}}: figures.words.percent, with a space")
            if _last(node.value) == "interval" and not spec:
                found.append(
                    f"line {node.lineno}: an interval's code in a text: figures.words.interval_words"
                )
        if isinstance(node, ast.Call) and _last(node.func) == "replace":
            given = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if given == [_HYPHEN, _MINUS]:
                found.append(f"line {node.lineno}: minus signs by hand: figures.words.decimal or minus")
    return found


def _last(node: ast.AST) -> str:
    """Name of an attribute or a column: ``row.interval``, ``row["interval"]``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_number_is_put_into_words_by_hand(path):
    assert _faults(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        'f"{x:.0%} of rows"',
        'f"{a} ({row.interval})"',
        "f\"{r['interval']}\"",
        'str(x).replace("-", "\N{MINUS SIGN}")',
    ],
)
def test_each_fault_is_found(text):
    assert len(_faults(ast.parse(text))) == 1
