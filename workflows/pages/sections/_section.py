"""What every section of the page says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run.run import Run


@dataclass(frozen=True)
class Section:
    """A foldable section of a run's page.

    Attributes
    ----------
    place : int
        Sections stand in the order of their places.
    title : str or callable
        The heading, or from a run to it.
    blocks : callable
        From a run to what stands in it, made with `workflows.pages.blocks`.
    stages : tuple of str
        The stages that it reads.
    inputs : callable
        From a run to what else it depends on, JSON-like.
    open : bool or callable
        Whether it is unfolded, or from a run to that.
    """

    place: int
    title: str | Callable[[Run], str]
    blocks: Callable[[Run], list[dict[str, Any]]]
    stages: tuple[str, ...] = ()
    inputs: Callable[[Run], Any] = lambda _: None
    open: bool | Callable[[Run], bool] = True

    def of(self, run: Run, name: str) -> dict[str, Any]:
        """The section of a run, under its name, as plain data for `workflows.pages.report`."""
        return {
            "id": name.replace("_", "-"),
            "title": self.title(run) if callable(self.title) else self.title,
            "open": self.open(run) if callable(self.open) else self.open,
            "blocks": self.blocks(run),
        }
