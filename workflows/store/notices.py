"""What a reader must know before the numbers: notices that a stage raises, shown wherever people look.

A stage records its notices in what it returns (`recorded`); the terminal, the top of the report, ``run.json``
and ``--format json`` show those of all stages of a run (`raised`). A stage from the store brings its own back::

    def compute(folder: Path) -> dict[str, Any]:
        ...
        return {"passed": True, **recorded([Notice("left out", "2015 to 2018: ...")])}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.store.store import Stage

KEY = "notices"


@dataclass(frozen=True)
class Notice:
    """One thing to know.

    Attributes
    ----------
    kind : str
        What it is about, in two or three words; notices of one kind stand together.
    text : str
        One or two sentences: what, why, and what to do about it; lines that begin with "- " below them are a list.
    """

    kind: str
    text: str


def recorded(notices: Iterable[Notice]) -> dict[str, list[dict[str, str]]]:
    """Return notices as the part of a stage's ``about`` that `raised` reads."""
    return {KEY: as_json(notices)}


def raised(stages: Iterable[Stage]) -> list[Notice]:
    """Return the notices of stages, each once; kinds in the order in which they first occur."""
    found = dict.fromkeys(Notice(**entry) for stage in stages for entry in stage.about.get(KEY, ()))
    kinds = list(dict.fromkeys(notice.kind for notice in found))
    return sorted(found, key=lambda notice: kinds.index(notice.kind))


def as_json(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """Return notices as JSON objects ``kind, text``."""
    return [asdict(notice) for notice in notices]


def lines(notices: Iterable[Notice]) -> list[str]:
    """Return each notice as text for a terminal: a line, and one for each item of its list."""
    return [f"{notice.kind}: {notice.text}".replace("\n- ", "\n  - ") for notice in notices]
