"""What a run tells while it works."""

from __future__ import annotations


class Listener:
    """Receives the progress of a run; the base class is silent."""

    def stage(self, name: str, state: str) -> None:
        """Stage `name` is "cached" or "computing"."""

    def chain(self, chain: int, done: int, total: int, divergences: int) -> None:
        """A chain has made `done` of `total` draws."""

    def waiting(self) -> None:
        """Another process holds this run."""

    def say(self, line: str) -> None:
        """Something that is neither a stage nor a chain."""
