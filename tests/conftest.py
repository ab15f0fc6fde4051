"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Tables are as wide in every test as in a pipe: pytest-xdist, and some shells, say how wide their own terminal is.
os.environ.pop("COLUMNS", None)
# What a test evaluates once is not compiled first, which is a second for each shape asked for. What the project compiles
# says so itself, and is compiled here as it is elsewhere.
os.environ["PYTENSOR_FLAGS"] = (
    f"{os.environ.get('PYTENSOR_FLAGS', '')},linker=py,optimizer=fast_compile".strip(",")
)


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
