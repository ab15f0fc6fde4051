"""A data folder's digest reads what readers know by name, and is not stopped by what it cannot read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.sources.registry import registry
from workflows.run.digests import folder_digest, names_read, study_digest


def test_every_file_of_a_source_is_read():
    named = {Path(file.path).name for entry in registry().values() for file in entry.files}
    assert len(named) > 20
    assert named <= names_read()


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

    def refuse(_):
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
