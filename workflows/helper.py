"""The second process of a run, see `workflows.run.ahead`: computes the stages named on its standard input.

It also compiles functions, of a file that is named there.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path

from workflows.native.aside import COMPILE, compile_file
from workflows.run.run import Run
from workflows.spec.run import RunSpec
from workflows.store.collect import seldom_collect

NEEDED = ("workflows.sampling.chains", "numpyro", "workflows.native.function", "workflows.pages.pictures")


def main() -> None:
    """Do the tasks named on standard input, and name each when done; end with the process that asks."""
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
    _load()
    while True:
        task = wanted.get()
        with contextlib.suppress(Exception):
            if task.startswith(COMPILE):
                compile_file(Path(task.removeprefix(COMPILE)))
            else:
                run.stage(task)
        answers.write(task + "\n")
        answers.flush()
        if wanted.empty() and not task.startswith(COMPILE):
            with contextlib.suppress(Exception):
                _ = run.joint


def _load() -> None:
    """Load what tasks need, while the run makes its panel."""
    with contextlib.suppress(Exception):
        for module in NEEDED:
            import_module(module)


if __name__ == "__main__":
    seldom_collect()
    main()
