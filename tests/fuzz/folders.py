"""Folders of fact tables: one table damaged, the others as bundled; and what lies about in a data folder."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from data.facts import BUNDLED
from data.facts.bundled import _OWN, TABLES
from tests.fuzz.harness import Case
from tests.fuzz.tables import PLACES, damages, put_aside

GROUP = "data folders"
WORDS = ("data", "panel", "bundled", "--data", "{folder}")


def linked(but: str = "") -> Callable[[Path], None]:
    """Put links to the bundled tables into a folder, but for one."""

    def prepare(folder: Path) -> None:
        for path in BUNDLED.glob("*.csv"):
            if path.name != but and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)

    return prepare


def cases(rng: random.Random) -> Iterator[Case]:
    yield Case(GROUP, "as it is", WORDS, prepare=linked())
    used = (
        "contributions",
        "un_agreement",
        "armed_forces",
        "population_gdp",
        "capital_distance",
        "us_treaties",
        "us_treaty_members",
    )
    for name in used:
        text = "\n".join((BUNDLED / f"{name}.csv").read_text(encoding="utf-8").splitlines()[:200]) + "\n"
        for kind, content in damages(text, rng, 12):
            yield Case(GROUP, f"{name}: {kind}", WORDS, {f"{name}.csv": content}, prepare=linked())
        for place in PLACES:
            yield Case(
                GROUP, f"{name}: {place}", WORDS, absurd=name != "contributions", prepare=_placed(name, place)
            )
    for name in [
        *sorted(set(TABLES) - {*used, *_OWN, "regime", "payments", "pivotal_states", "snapshots"}),
        "regime",
    ]:
        for place in PLACES:
            yield Case(GROUP, f"{name}: {place}", WORDS, prepare=_placed(name, place))
    # What the panel does not need is not touched.
    for place in PLACES[1:]:
        for words in (("run", "bundled", "--data", "{folder}", "--out", "{folder}.out"), WORDS):
            yield Case(GROUP, f"{words[0]}, beside the tables: {place}", words, prepare=_beside(place))


def _placed(name: str, place: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        put_aside(f"{name}.csv", place)(folder)
        for path in BUNDLED.glob("*.csv"):
            if path.name != f"{name}.csv":
                (folder / path.name).symlink_to(path)

    return prepare


def _beside(place: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        linked()(folder)
        put_aside("notes.bin", place)(folder)

    return prepare
