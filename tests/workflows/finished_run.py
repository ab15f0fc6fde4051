"""A whole run of which nothing was sampled, for tests of what becomes of its folder; and the command line in process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows.stub_sampler import put_aside
from workflows.estimands import baselines
from workflows.run.run import Run, RunOutcome
from workflows.spec.run import RunSpec
from workflows.store.store import damaged_files, read_stage

#: Everything that a run writes, on a panel of one operation and with the cheapest model.
SPEC = {
    "name": "small",
    "panel": {"source": "bundled", "operations": ["ISAF"]},
    "model": {
        "depth": {"items": "known", "measurement": "plug-in"},
        "contribution": {
            "likelihood": "gaussian",
            "state_effects": False,
            "treaty_effects": False,
            "operation_year_effects": False,
            "slope_varies": False,
        },
    },
    "sampling": {"tune": 50, "draws": 100},
}


def once(factory: pytest.TempPathFactory) -> RunOutcome:
    """The run as one process of these tests carries it out for all; nothing is to be written to its folder."""
    base = factory.getbasetemp()
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return carry_out(place / "finished", waiting=lambda: None)[0]


def carry_out(
    out: Path, waiting: Callable[[], None] = lambda: pytest.fail("nobody holds the run")
) -> tuple[RunOutcome, list[str]]:
    """Carry out the run, or what is missing of it; with the names of stages that were computed."""
    computed: list[str] = []

    class Said:
        stage = staticmethod(lambda name, state: computed.append(name) if state == "computing" else None)
        chain = say = staticmethod(lambda *_: None)

    Said.waiting = staticmethod(waiting)
    with pytest.MonkeyPatch.context() as patch:
        put_aside(patch)
        # Whether draws of a prior can be weighed is chance; a whole run has refits.
        patch.setattr(baselines, "trusted", lambda *_: False)
        return Run(RunSpec.model_validate(SPEC), out, listener=Said()).outcome(), computed


def stages(run: Path) -> dict[str, Path]:
    """Folder of every stage under its final name; each is whole."""
    found = {}
    for path in sorted(run.rglob("stage.json")):
        if not any(part.startswith(".") for part in path.relative_to(run).parts):
            record = read_stage(path.parent)
            assert record is not None, f"{path} is not whole"
            assert damaged_files(path.parent, record) == [], f"{path.parent} is not whole"
            found[path.parent.relative_to(run).as_posix()] = path.parent
    return found


def contents(run: Path) -> dict[str, dict[str, str]]:
    """Digest of every file of every stage."""
    # Stata files carry the minute in which they were written.
    found = {name: (read_stage(place) or {})["files"] for name, place in stages(run).items()}
    return {
        name: {file: digest for file, digest in files.items() if not file.endswith(".dta")}
        for name, files in found.items()
    }


def command(monkeypatch, capsys, *arguments: str) -> tuple[int, str, list[str]]:
    """What `coalition ARGUMENTS` does: exit code, standard output, lines of standard error."""
    from workflows.cli import main

    monkeypatch.setattr(sys, "argv", ["coalition", *arguments])
    monkeypatch.setenv("COLUMNS", "400")
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err.strip().splitlines()
