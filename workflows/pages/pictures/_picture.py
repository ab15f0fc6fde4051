"""What a run draws: figures with their words and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from data.common.text import write_csv
from workflows.pages.figure_files import save_forms

if TYPE_CHECKING:
    from workflows.run.run import Run


@dataclass(frozen=True)
class Drawn:
    """What one file of this folder draws of a run.

    Attributes
    ----------
    place : int
        Files draw in the order of their places.
    section : str
        The section of the page that shows it, a file of `workflows.pages.sections`.
    pictures : callable
        From a run to its pictures; none where the run has nothing of the kind.
    """

    place: int
    section: str
    pictures: Callable[[Run], Iterator[Picture]]


@dataclass(frozen=True)
class Picture:
    """A figure with its caption and the table behind it; `alt` is what those hear who cannot see it."""

    name: str
    title: str
    draw: Callable[[], Figure]
    caption: str
    table: pd.DataFrame
    alt: str = ""

    @property
    def words(self) -> dict[str, str]:
        """What the page says of it; the title is heard first, as several figures may look alike."""
        heard = f"{self.title}. {self.alt}" if self.alt else self.title
        return {"name": self.name, "title": self.title, "caption": self.caption, "alt": heard}

    @classmethod
    def of(
        cls, figure: ModuleType, title: str, table: pd.DataFrame, name: str = "", **options: Any
    ) -> Picture:
        """One that a file of `figures` draws, with its caption and its words; called as the file unless it has a name."""
        own = figure.__name__.rpartition(".")[2]
        draw = partial(getattr(figure, own), table, **options)
        return cls(name or own, title, draw, figure.caption(table, **options), table, figure.ALT)

    def save(self, folder: Path) -> None:
        """Write the forms of `workflows.pages.figure_files`, NAME.csv and NAME.txt (the caption)."""
        save_forms(folder, self.name, self.draw)
        (folder / f"{self.name}.txt").write_text(f"{self.title}\n{self.caption}\n", encoding="utf-8")
        write_csv(self.table, folder / f"{self.name}.csv")
