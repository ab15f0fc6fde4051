"""A data folder's digest reads what readers know by name, and is not stopped by what it cannot read."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from workflows.run.digests import folder_digest, names_read, study_digest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"[\w.-]+/[\w.-]+\.(?:csv|dta|xlsx?|rda|RData|rds|tab|csv\.gz)")


def test_every_file_that_a_reader_names_is_read():
    files = [*(ROOT / "data").glob("*.py"), *(ROOT / "data" / "readers").glob("*.py")]
    named = {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.fullmatch(node.value)
    }
    assert len(named) > 20
    assert not {name for name in named if Path(name).name not in names_read()}


def test_other_files_change_nothing_and_are_not_read(tmp_path):
    (tmp_path / "contributions.csv").write_text("a\n")
    before = folder_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "un_agreement.csv").symlink_to(tmp_path / "nowhere")
    assert folder_digest(tmp_path) == before
    (tmp_path / "contributions.csv").write_text("b\n")
    assert folder_digest(tmp_path) != before


def test_a_file_that_cannot_be_read_is_no_fault_of_the_folder(tmp_path, monkeypatch):
    (tmp_path / "regime.csv").write_text("a\n")
    before = folder_digest(tmp_path)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("workflows.run.digests.file_digest", refuse)
    assert folder_digest(tmp_path) != before


@pytest.mark.parametrize("change", ["own.toml", "rows.csv", "printed.csv"])
def test_a_study_of_ones_own_is_known_by_its_files(change, tmp_path):
    from tests.fuzz.studies import PRINTED, ROWS, STUDY

    for name, text in {"own.toml": STUDY, "rows.csv": ROWS, "printed.csv": PRINTED}.items():
        (tmp_path / name).write_text(text)
    study = str(tmp_path / "own.toml")
    before = study_digest(study, tmp_path)
    (tmp_path / change).write_text((tmp_path / change).read_text() + "\n")
    assert study_digest(study, tmp_path) != before
