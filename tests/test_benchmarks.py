"""Every benchmark can still be loaded: what it takes from the project is there."""

from __future__ import annotations

import runpy

import pytest

from workflows.store.source import ROOT

SCRIPTS = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "benchmarks").rglob("*.py"))]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_can_be_loaded(script, monkeypatch):
    monkeypatch.syspath_prepend(str((ROOT / script).parent))
    monkeypatch.setattr("sys.argv", [script])
    runpy.run_path(str(ROOT / script), run_name="loaded")
