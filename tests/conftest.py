"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

from workflows.store.collect import seldom_collect

ROOT = Path(__file__).resolve().parent.parent

# Tables are as wide in every test as in a pipe: pytest-xdist, and some shells, say how wide their own terminal is.
os.environ.pop("COLUMNS", None)


def pytest_collection_finish() -> None:
    """Have tests evaluate without compiling: what they ask for once would be compiled first, a second for each shape.

    What the project compiles says so itself, and is compiled here as it is elsewhere; processes that tests begin are
    as anybody's. Where in the code each node of a graph was made, a tenth of what a model takes, nobody asks. And what
    was imported is looked through for cycles no more: a fifth of what a test takes that builds graphs.
    """
    gc.freeze()
    seldom_collect()
    if (pytensor := sys.modules.get("pytensor")) is not None:
        pytensor.config.mode = "FAST_COMPILE"
        pytensor.config.traceback__limit = 0
        # Operators that hold a graph of their own would have it compiled in C, whatever the mode.
        pytensor.config.cxx = ""


def _shared_data() -> Path | None:
    """The folder of research data: $COALITION_DATA, or shared/data beside the project."""
    named = os.environ.get("COALITION_DATA")
    candidates = [Path(named)] if named else [ROOT.parent / "shared" / "data"]
    return next((folder for folder in candidates if (folder / "README.md").exists()), None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real research data in official formats; absent on most machines, present in CI."""
    folder = _shared_data()
    if folder is None:
        pytest.skip("needs the research data: set COALITION_DATA or run `coalition data fetch`")
    return folder
