"""Entry point of the command `coalition`; importing `workflows` has checked for shadowed packages."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress


def leave(ended: SystemExit) -> None:
    """End the process as Python would, but for freeing, object by object, what is about to be gone.

    That takes four seconds after a run. Raises `ended` where Python must see to it: other threads are still at work, or
    what was printed does not find its reader.
    """
    others = [t for t in threading.enumerate() if not t.daemon and t is not threading.main_thread()]
    if others or not isinstance(ended.code, int | None):
        raise ended
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        raise ended from None
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(ended.code or 0)


def main() -> None:
    """Run the command line; see `workflows.commands.stopping` for Ctrl-C and SIGTERM."""
    if sys.argv[1:] == ["--version"]:
        # Of what the command line loads, nothing is needed for it.
        from importlib.metadata import version

        print(version("coalition-workbench"))
        return
    from workflows.commands.stopping import stoppable
    from workflows.store.collect import seldom_collect

    seldom_collect()
    try:
        with stoppable():
            from workflows.cli import main as run

            run()
    except SystemExit as ended:
        leave(ended)
