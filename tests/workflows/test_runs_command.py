"""``coalition runs``: what is shown is what is on disk, and only runs are ever removed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.cli import app
from workflows.run.record import describe, differences, read_record
from workflows.spec.run import RunSpec
from workflows.store.store import Store, write_json

CODE = ("workflows.store.store",)


def _run(out: Path, name: str, passed: bool | None = True, **sampling) -> Path:
    """A run with two stages, of which nothing was sampled."""
    spec = RunSpec.model_validate({"name": name, "sampling": sampling})
    store = Store(out / name)
    about = {"compile_seconds": 12.5, "sample_seconds": 3.5}
    store.stage("panel", {"name": "same"}, lambda _: {"content": "abc"}, CODE)
    store.stage("posterior", spec.describe(), lambda _: about, CODE)
    write_json(out / name / "run.json", describe(spec, store.stages, passed, datetime.now(UTC)))
    return out / name


def _json(*arguments: str):
    result = CliRunner().invoke(app, ["runs", *arguments, "--format", "json"], catch_exceptions=False)
    return json.loads(result.stdout)


def test_list_shows_each_run_with_its_verdict_and_its_times(tmp_path):
    _run(tmp_path, "first")
    _run(tmp_path, "second", passed=False)
    _run(tmp_path, "third", passed=None)
    found = {run["name"]: run for run in _json("list", "--out", str(tmp_path))}
    statuses = {name: run["status"] for name, run in found.items()}
    assert statuses == {"first": "passed", "second": "gate failed", "third": "unfinished"}
    assert (found["first"]["compile_seconds"], found["first"]["sample_seconds"]) == (12.5, 3.5)
    assert found["third"]["finished"] is None


def test_list_of_an_empty_folder_says_so(tmp_path):
    assert _json("list", "--out", str(tmp_path)) == []
    assert "no runs" in CliRunner().invoke(app, ["runs", "list", "--out", str(tmp_path)]).stdout


def test_show_gives_spec_seed_versions_and_machine(tmp_path):
    _run(tmp_path, "first", seed=42)
    record = _json("show", "first", "--out", str(tmp_path))
    assert record["seed"] == 42
    assert record["spec"]["sampling"]["target_accept"] == 0.9
    assert {"pymc", "nutpie", "python"} <= set(record["versions"])
    assert {"processor", "cores", "system"} <= set(record["machine"])
    assert record["replaced"] == []
    text = CliRunner().invoke(app, ["runs", "show", "first", "--out", str(tmp_path)]).stdout
    assert "compiling the posterior: 12.5 s" in text
    assert "sampling it: 3.5 s" in text


def test_show_notices_a_stage_that_was_replaced_since(tmp_path):
    folder = _run(tmp_path, "first")
    Store(folder).stage("posterior", {"another": "spec"}, lambda _: None, CODE)
    assert _json("show", "first", "--out", str(tmp_path))["replaced"] == ["posterior"]


def test_diff_names_what_differs_and_nothing_else(tmp_path):
    _run(tmp_path, "first", seed=1)
    _run(tmp_path, "second", seed=2)
    found = _json("diff", "first", "second", "--out", str(tmp_path))
    assert {line["where"] for line in found["spec"]} == {"spec.name", "spec.sampling.seed"}
    assert found["versions"] == found["machine"] == found["data"] == []
    assert _json("diff", "first", "first", "--out", str(tmp_path))["spec"] == []


def test_rm_removes_the_named_runs_alone(tmp_path):
    _run(tmp_path, "first")
    _run(tmp_path, "second")
    result = CliRunner().invoke(app, ["runs", "rm", "first", "--yes", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["second"]


def test_rm_asks_and_keeps_the_run_unless_told_yes(tmp_path):
    _run(tmp_path, "first")
    result = CliRunner().invoke(app, ["runs", "rm", "first", "--out", str(tmp_path)], input="n\n")
    assert result.exit_code == 1
    assert (tmp_path / "first" / "run.json").exists()


@pytest.mark.parametrize("name", ["..", "../other", ".", "", "/"])
def test_rm_refuses_a_path(tmp_path, name):
    (tmp_path / "out").mkdir()
    result = CliRunner().invoke(app, ["runs", "rm", name, "--yes", "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, InputError)
    assert (tmp_path / "out").exists()


def test_rm_refuses_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("irreplaceable")
    result = CliRunner().invoke(app, ["runs", "rm", "thesis", "--yes", "--out", str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert (tmp_path / "thesis" / "chapter.txt").exists()


def test_a_damaged_record_is_one_clear_line(tmp_path):
    folder = _run(tmp_path, "first")
    (folder / "run.json").write_text("{")
    with pytest.raises(InputError, match="JSON"):
        read_record(folder)
    assert "damaged" in _json("list", "--out", str(tmp_path))[0]["status"]


def test_differences_are_found_at_any_depth():
    found = differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 4})
    assert found == [("a.c", 2, 3), ("d", None, 4)]
