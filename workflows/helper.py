"""The second process of a run, see `workflows.run.ahead`: computes the stages named on its standard input."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path

from workflows.entry import seldom_collect
from workflows.run.run import Run
from workflows.spec.run import RunSpec


def main() -> None:
    """Compute the stages named on standard input, and name each when done; end with the process that asks."""
    # Ctrl-C is for the run, which then ends its helper.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    task = json.loads(sys.stdin.readline())
    wanted: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            wanted.put(line.strip())
        # The run is gone, whether it ended well or was killed.
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    data = None if task["data"] is None else Path(task["data"])
    run = Run(RunSpec.model_validate(task["spec"]), Path(task["out"]), data)
    run.store.lent()
    while True:
        stage = wanted.get()
        with contextlib.suppress(Exception):
            run.stage(stage)
        answers.write(stage + "\n")
        answers.flush()
        if wanted.empty():
            with contextlib.suppress(Exception):
                _prepare(run)


def _prepare(run: Run) -> None:
    """Load and build what stages after the posterior need, while there is none."""
    import workflows.pages.pictures  # noqa: F401

    _ = run.joint


if __name__ == "__main__":
    seldom_collect()
    main()
