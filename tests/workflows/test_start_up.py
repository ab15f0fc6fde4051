"""What a command waits for before it does anything: nothing heavy is loaded to answer --version or --help."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

HEAVY = ("arviz", "jax", "matplotlib", "numba", "numpy", "pandas", "pydantic", "pymc", "scipy", "xarray")
ENTRY = "from workflows.entry import main; main()"
#: Samplers and specs that help and completion name are declared with it; it loads in a tenth of a second.
DECLARING = {"pydantic"}
#: The shell asks by a variable named after the program, which is `-c` here.
ASKED = "__C_COMPLETE"


def test_the_command_line_loads_nothing_heavy_by_itself():
    code = f"import sys, workflows.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _answered(arguments: list[str], **environment: str) -> tuple[list[str], str]:
    """Which of `HEAVY` a process had loaded when it ended, and what it printed."""
    told = f"import atexit, sys; atexit.register(lambda: sys.stderr.write(str([m for m in {HEAVY} if m in sys.modules])))"
    done = subprocess.run(
        [sys.executable, "-c", f"{told}; {ENTRY}", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return ast.literal_eval(done.stderr.strip().splitlines()[-1]), done.stdout


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["data", "--help"], ["depth", "--help"]])
def test_help_loads_nothing_heavy(words):
    loaded, said = _answered(words)
    assert "--help" in said
    assert set(loaded) <= DECLARING


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("coalition ru", "runs"), ("coalition run bun", "bundled"), ("coalition data show ato", "atop")],
)
def test_the_tab_key_loads_nothing_heavy(typed, offered):
    at = str(len(typed.split()) - 1)
    loaded, said = _answered([], **{ASKED: "complete_bash"}, COMP_WORDS=typed, COMP_CWORD=at)
    assert offered in said
    assert set(loaded) <= DECLARING


@pytest.mark.parametrize(
    ("done", "packages"),
    [
        # xarray would ask Dask for its scheduler, and that for all that it has for many machines.
        (
            "import pathlib, tempfile, xarray; from data.common.disk import load_netcdf, save_netcdf; "
            "path = pathlib.Path(tempfile.mkdtemp()) / 'x.nc'; save_netcdf(xarray.Dataset({'a': 1.0}), path); "
            "save_netcdf(xarray.DataTree(load_netcdf(path)), path); import dask.config, dask.base",
            {"dask.distributed", "distributed"},
        ),
        # Both are done by a run that finds all its stages on disk.
        (
            "from workflows.published.study import load_study; load_study('gannon-kent')",
            {"scipy", "statsmodels"},
        ),
        (
            "import workflows.run.run; from workflows.run.stages import _registry; "
            "[_registry.stage_module(name) for name in _registry.names()]; "
            "from workflows.pages import sections; sections.whole()",
            {"jax", "matplotlib", "pymc", "scipy", "xarray"},
        ),
        (f"import sys; sys.argv[1:] = ['--version']; {ENTRY}", {"rich", "typer", *HEAVY}),
    ],
)
def test_it_is_done_without(done, packages):
    code = f"{done}\nimport sys\nprint(sorted({packages} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "[]"
