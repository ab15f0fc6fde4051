"""What a process keeps for the tasks of a series is of the files as they are."""

from __future__ import annotations

from types import SimpleNamespace

from workflows.series import task
from workflows.spec.run import load_spec


def test_a_process_that_lives_on_sees_that_a_file_changed(monkeypatch, tmp_path):
    source = tmp_path / "ucdp.csv"
    monkeypatch.setattr(task, "folder_digest", lambda *_: source.read_text())
    monkeypatch.setattr(task, "build_panel", lambda *_: SimpleNamespace(of=source.read_text()))
    found = []
    for content in ("before", "after", "after"):
        source.write_text(content)
        one = task.series(load_spec("bundled"), tmp_path, ("workflows.series.task",))
        found.append(task.panel_of(one["panel"], one["data"], one["series"]))
    assert [panel.of for panel in found] == ["before", "after", "after"]
    assert found[1] is found[2]
