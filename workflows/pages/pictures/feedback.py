"""Depth of treaties under measurement alone and jointly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from figures import feedback
from workflows.judge.feedback import by_name
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure, where depth is sampled."""
    if not len(run.feedback):
        return
    title = "Depth of treaties under measurement alone and jointly"
    yield Picture.of(feedback, title, by_name(run.feedback))


DRAWN = Drawn(70, "depth", pictures)
