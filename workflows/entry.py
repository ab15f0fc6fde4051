"""Entry point of the command `coalition`; importing `workflows` has checked for shadowed packages."""

from __future__ import annotations


def main() -> None:
    """Run the command line; see `workflows.stopping` for Ctrl-C and SIGTERM."""
    from workflows.stopping import stoppable

    with stoppable():
        from workflows.cli import main as run

        run()
