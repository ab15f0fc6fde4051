"""A command that is done ends at once, with its exit code and with everything that it printed."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: What is freed object by object says so; what Python is asked to do at its end says so too.
PROGRAM = """
import atexit, sys, threading
class Slow:
    def __del__(self): print("freed")
sys.kept = Slow()
atexit.register(lambda: print("asked"))
from workflows.entry import leave
{before}
leave(SystemExit({code}))
"""


def ended(code: object, before: str = "") -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(code=code, before=before)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(("code", "status"), [(0, 0), (None, 0), (3, 3)])
def test_nothing_is_freed_and_what_was_asked_for_is_done(code, status):
    found = ended(code, "print('printed')")
    assert (found.stdout.split(), found.returncode) == (["printed", "asked"], status)


def test_python_sees_to_what_is_left():
    waiting = "threading.Thread(target=lambda: (threading.Event().wait(0.3), print('worked'))).start()"
    assert "worked" in ended(0, waiting).stdout.split()
    said = ended("'words'")
    assert (said.returncode, said.stderr.strip()) == (1, "words")
