"""A second process that computes stages of a run, or compiles, while the first does something else.

What a stage computes does not depend on which process does it: the store is one, keys and files are the same. Should
the helper fail, the run computes the stage itself, and tells what is wrong as it always does.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

from workflows.native.aside import COMPILE
from workflows.spec.run import RunSpec
from workflows.store.source import environment


class Ahead:
    """The helper of one run; started, where it was not, with the first task that it is asked for.

    Parameters
    ----------
    spec : RunSpec
    out : Path
    data : Path or None
    """

    def __init__(self, spec: RunSpec, out: Path, data: Path | None) -> None:
        self._task = {
            "spec": spec.model_dump(mode="json"),
            "out": str(out),
            "data": None if data is None else str(data),
        }
        self._process: subprocess.Popen[str] | None = None
        self._pending: list[str] = []
        self._done: set[str] = set()
        self._died = False

    def ask(self, *tasks: str) -> bool:
        """Have tasks done one after the other, see `workflows.helper`; without any, it loads what it will need.

        Returns
        -------
        bool
            Whether a helper could be had: none is started in place of one that died, for want of memory perhaps.
        """
        if self._died:
            return False
        try:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "workflows.helper"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env=environment(),
                )
                self._say(json.dumps(self._task))
            for task in tasks:
                self._say(task)
                self._pending.append(task)
        except OSError:
            self._died = True
            self.close()
            return False
        return True

    def _say(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def wait(self, task: str) -> bool:
        """Wait until the helper is done with a task, well or not; False at once where it was not asked for it."""
        asked = task in self._pending or task in self._done
        while task in self._pending and self._process is not None and self._process.stdout is not None:
            line = self._process.stdout.readline()
            if not line:
                self._died = True
                self.close()
            elif line.strip() in self._pending:
                self._pending.remove(line.strip())
                self._done.add(line.strip())
        self._done.discard(task)
        if task.startswith(COMPILE) and not self._pending:
            # What compiling leaves in memory is as much again as all else.
            self.close()
            self.ask()
        return asked

    def close(self) -> None:
        """End the helper; what it has not finished is left to the run."""
        self._pending.clear()
        if self._process is None:
            return
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()
        self._process = None
