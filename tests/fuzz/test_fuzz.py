"""Whatever is handed in, the answer is work or one line: never a traceback, and nothing absurd is taken for sense.

Each group generates its variants from a seed (`COALITION_FUZZ_SEED`). The default run takes a sample of each, the
nightly one all of them. A table of what was tried stands at the end of the run's output.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.fuzz import commands, folders, specs, studies, tables
from tests.fuzz.harness import Case, answer, fence

SEED = int(os.environ.get("COALITION_FUZZ_SEED", "20260101"))
Generator = Callable[[random.Random], Iterable[Case]]
GROUPS: dict[str, tuple[Generator, int]] = {
    "spec files": (specs.whole_cases, 40),
    "spec keys": (specs.key_cases, 150),
    "command lines": (commands.cases, 130),
    "own tables": (tables.own, 120),
    "studies": (studies.studies, 150),
    "data folders": (folders.cases, 40),
}
"""Every group with the number of its variants that the default run tries."""


@pytest.fixture(scope="module")
def fenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("fuzz")
    with fence(folder / "cache"):
        yield folder


def faults(group: str, most: int | None, folder: Path, tally: dict[str, Counter]) -> list[str]:
    """What is wrong with the answers to a group's variants; counts go into `tally`."""
    rng = random.Random(f"{SEED}, {group}")
    tried = list(GROUPS[group][0](rng))
    if most is not None:
        tried = rng.sample(tried, min(most, len(tried)))
    counts = tally.setdefault(group, Counter())
    wrong = []
    for number, case in enumerate(tried):
        place = folder / f"{group.replace(' ', '-')}-{number}"
        found = answer(case, place)
        shutil.rmtree(place, ignore_errors=True)
        said = found.wrong(case)
        counts["tried"] += 1
        counts[found.kind] += 1
        if said:
            counts["absurd" if said == "accepted" else "wrong"] += 1
            wrong.append(f"{case.name}: {said}")
    return wrong


@pytest.mark.parametrize("group", GROUPS)
def test_a_sample_of_variants_is_answered(group, fenced, fuzz_tally):
    wrong = faults(group, GROUPS[group][1], fenced, fuzz_tally)
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.parametrize("group", GROUPS)
def test_every_variant_is_answered(group, fenced, fuzz_tally):
    wrong = faults(group, None, fenced, fuzz_tally)
    assert not wrong, "\n".join(wrong)
