"""A second process that compiles one function while the first compiles another; they meet on disk.

    python -m workflows.native.aside

reads functions from standard input, compiles them one after the other, and ends with the process that asked.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

from workflows.store.source import environment

if TYPE_CHECKING:
    from workflows.native.function import Function


@contextlib.contextmanager
def compiling(functions: Sequence[Function]) -> Iterator[None]:
    """Have functions compiled in a process of its own meanwhile, and wait for it.

    Where that fails they are not on disk, and whoever wants them compiles them. There is no process for none.
    """
    if not functions:
        yield
        return
    try:
        content = pickle.dumps(functions)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
    # A graph can be deeper than a pickle may be.
    except (OSError, RecursionError):
        yield
        return
    with process:
        try:
            # Its input stays open as long as this process lives; it reads while this one goes on.
            threading.Thread(target=_send, args=(process.stdin, content), daemon=True).start()
            yield
            process.wait()
        finally:
            process.kill()


def _send(stream: IO[bytes] | None, content: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):
        if stream is not None:
            stream.write(len(content).to_bytes(8, "big") + content)
            stream.flush()


def main() -> None:
    """Compile what standard input holds; end with the process that asks."""
    # Ctrl-C is for the process that asks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    size = int.from_bytes(sys.stdin.buffer.read(8), "big")
    content = sys.stdin.buffer.read(size)

    def listen() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    for function in pickle.loads(content):
        function.compiled()
    # The thread that listens need not be waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
