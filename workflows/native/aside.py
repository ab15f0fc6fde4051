"""A second process that compiles one function while the first compiles another; they meet on disk.

The helper of a run does it where there is one; else a process begins for it:

    python -m workflows.native.aside FILE

compiles the functions that a file holds one after the other, and ends with the process that asked.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from workflows.store.source import environment

if TYPE_CHECKING:
    from workflows.native.function import Function

#: How a task begins that names a file of functions.
COMPILE = "compile "


class Helper(Protocol):
    """A process that is there already, such as `workflows.run.ahead.Ahead`."""

    def ask(self, *tasks: str) -> bool:
        """Have tasks done; False where it cannot be had."""
        ...

    def wait(self, task: str) -> bool:
        """Wait until it is done with a task, well or not."""
        ...


_lent: list[Helper] = []
#: Whether as many processes as this one keep all cores busy; see `dask_setup`.
_crowded = False


def dask_setup(_worker: object) -> None:
    """Have this process compile alone: a preload of Dask's, for workers of which there are as many as cores."""
    global _crowded
    _crowded = True


@contextlib.contextmanager
def lent(helper: Helper) -> Iterator[None]:
    """Within it, functions are compiled by this helper."""
    _lent.append(helper)
    try:
        yield
    finally:
        _lent.remove(helper)


@contextlib.contextmanager
def compiling(functions: Sequence[Function]) -> Iterator[None]:
    """Have functions compiled by another process meanwhile, and wait for it.

    Where that fails they are not on disk, and whoever wants them compiles them. There is no process for none.
    """
    with contextlib.ExitStack() as stack:
        wait = _begun(functions, stack) if functions and not _crowded else None
        yield
        if wait is not None:
            wait()


def _begun(functions: Sequence[Function], stack: contextlib.ExitStack) -> Callable[[], object] | None:
    """Hand functions over; returns what waits for them."""
    # A graph can be deeper than a pickle may be.
    with contextlib.suppress(OSError, RecursionError):
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "functions"
        file.write_bytes(pickle.dumps(functions))
        task = f"{COMPILE}{file}"
        for helper in _lent:
            if helper.ask(task):
                return partial(helper.wait, task)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, file],
            # Open as long as this process lives.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        stack.enter_context(process)
        stack.callback(process.kill)
        return process.wait
    return None


def compile_file(file: Path) -> None:
    """Compile the functions of a file; they are on disk then."""
    for function in pickle.loads(file.read_bytes()):
        function.compiled()


def main() -> None:
    """Compile the functions of a file; end with the process that asks."""
    # Ctrl-C is for the process that asks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def listen() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    compile_file(Path(sys.argv[1]))
    # The thread that listens need not be waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
