"""Every gallery script runs, nothing overlaps, and the page shows every figure in a real browser."""

from __future__ import annotations

import importlib.util
import os
import runpy
from pathlib import Path

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from figures.style import to_png
from tests.workflows.browser import browser, missing

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "gallery"
SCRIPTS = sorted(path.stem for path in GALLERY.glob("*.py") if path.stem != "build")
#: Drawn by arviz-plots: its own labels are its own affair.
FOREIGN = {"rank_plots"}
#: A figure without a script, or modules that hold no figure of their own.
HELPERS = {"__init__", "style", "words", "axes", "formula"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_makes_a_readable_figure_with_a_caption(name, overlapping):
    made = runpy.run_path(str(GALLERY / f"{name}.py"))
    assert isinstance(made["figure"], Figure)
    assert len(made["text"]) > 40
    assert "nan" not in made["text"].split()
    if name not in FOREIGN:
        assert overlapping(made["figure"]) == []
    if folder := os.environ.get("COALITION_SCREENSHOTS"):
        (Path(folder) / f"{name}.png").write_bytes(to_png(made["figure"]))
    assert pyplot.get_fignums() == []


def test_every_figure_module_is_used_in_the_gallery():
    code = "\n".join((GALLERY / f"{name}.py").read_text() for name in SCRIPTS)
    modules = {path.stem for path in (GALLERY.parents[1] / "figures").glob("*.py")} - HELPERS
    assert {module for module in modules if f"from figures.{module} import" not in code} == set()


@pytest.mark.slow
def test_the_gallery_page_shows_every_figure(tmp_path):
    spec = importlib.util.spec_from_file_location("gallery_build", GALLERY / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    page = build.build(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.png")} == {path.stem for path in tmp_path.glob("*.svg")}
    if reason := missing():
        pytest.skip(reason)
    with browser() as window:
        window.open(page)
        images = "[...document.querySelectorAll('figure img')].filter(i => i.complete && i.naturalWidth)"
        assert window.run(f"return {images}.length") == len(SCRIPTS)
        assert window.log() == []
