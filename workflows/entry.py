"""Entry point of the command `coalition`; importing `workflows` has checked for shadowed packages."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from workflows.cli import main as run

    run()
