"""What a command waits for before it does anything: nothing heavy is loaded to answer --version or --help."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = ("arviz", "jax", "matplotlib", "numba", "numpy", "pandas", "pydantic", "pymc", "scipy", "xarray")
ENTRY = "from workflows.entry import main; main()"
#: CPU-seconds of the whole process, the interpreter's start included; other programs do not count, as in wall time.
MOST = 0.5
#: The shell asks by a variable named after the program, which is `-c` here.
ASKED = "__C_COMPLETE"


def test_the_command_line_loads_nothing_heavy_by_itself():
    code = f"import sys, workflows.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _cpu_seconds(arguments: list[str], **environment: str) -> tuple[float, str]:
    """CPU time of a process of its own, the least of three, and what it printed."""
    resource = pytest.importorskip("resource", reason="Windows does not say how long a process computed")
    took, said = [], ""
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", ENTRY, *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        said = done.stdout
    return min(took), said


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["data", "--help"], ["depth", "--help"]])
def test_help_is_there_at_once(words):
    took, said = _cpu_seconds(words)
    assert "--help" in said
    assert took < MOST


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("coalition ru", "runs"), ("coalition run bun", "bundled"), ("coalition data show ato", "atop")],
)
def test_the_tab_key_answers_at_once(typed, offered):
    at = str(len(typed.split()) - 1)
    took, said = _cpu_seconds([], **{ASKED: "complete_bash"}, COMP_WORDS=typed, COMP_CWORD=at)
    assert offered in said
    assert took < MOST
