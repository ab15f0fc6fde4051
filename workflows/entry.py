"""Entry point of the command `coalition`; importing `workflows` has checked for shadowed packages."""

from __future__ import annotations

import gc
import sys


def seldom_collect() -> None:
    """Have Python look for cycles every 20,000 new objects, not every 700.

    The graphs of PyTensor are millions of objects that live on: looking through them takes a tenth of a run.
    """
    gc.set_threshold(20_000, 10, 10)


def main() -> None:
    """Run the command line; see `workflows.commands.stopping` for Ctrl-C and SIGTERM."""
    if sys.argv[1:] == ["--version"]:
        # Of what the command line loads, nothing is needed for it.
        from importlib.metadata import version

        print(version("coalition-workbench"))
        return
    from workflows.commands.stopping import stoppable

    seldom_collect()
    with stoppable():
        from workflows.cli import main as run

        run()
