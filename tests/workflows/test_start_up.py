"""What a command waits for before it does anything: nothing heavy is loaded to answer --version or --help."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("arviz", "jax", "matplotlib", "numba", "numpy", "pandas", "pydantic", "pymc", "scipy", "xarray")


def test_the_command_line_loads_nothing_heavy_by_itself():
    code = f"import sys, workflows.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
