"""``coalition data``: words and JSON, and a refusal where a folder is not what it should be."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.commands.data import app

run = CliRunner()


def ask(*words: str, fails: bool = False):
    result = run.invoke(app, list(words))
    if fails:
        assert isinstance(result.exception, InputError), result.output
    else:
        assert result.exit_code == 0, result.output
    return result


def test_list_names_every_source():
    rows = json.loads(ask("list", "--format", "json").stdout)
    assert {"atop", "iiss", "un_ideal_points", "facts"} <= {row["name"] for row in rows}
    assert "un_votes" in ask("list").stdout


def test_show_has_files_traps_and_a_codebook():
    text = ask("show", "iiss").stdout
    for word in ("edition", "iiss_deployment.rds", "persons", "1ce6b7685a20cdaf"):
        assert word in text
    body = json.loads(ask("show", "cow_nmc", "--format", "json").stdout)
    assert body["tables"]["capabilities"]["columns"]["milper"]["missing"] == [-9]


def test_cite_gives_citation_version_and_terms():
    assert "Leeds" in ask("cite", "atop").stdout
    assert json.loads(ask("cite", "pwt", "--format", "json").stdout)["licence"] == "CC BY 4.0"


def test_an_unknown_source_is_refused():
    assert "atop" in str(ask("show", "atob", fails=True).exception)


def test_check_says_what_a_folder_allows_and_refuses_altered_files(tmp_path):
    (tmp_path / "cow").mkdir()
    (tmp_path / "cow" / "notes.txt").write_text("mine")
    body = json.loads(ask("check", "--data", str(tmp_path), "--format", "json").stdout)
    states = {item["path"]: item["state"] for item in body["files"]}
    assert states["cow/notes.txt"] == "unknown"
    assert states["cow/system2016.csv"] == "missing"
    (tmp_path / "cow" / "system2016.csv").write_text("cut")
    assert "altered" in str(ask("check", "--data", str(tmp_path), fails=True).exception)
    with pytest.raises(InputError):
        raise ask("check", "--data", str(tmp_path / "none"), fails=True).exception


def test_check_of_the_research_folder_says_what_it_allows(shared_data):
    body = json.loads(ask("check", "--data", str(shared_data), "--format", "json").stdout)
    allows = {item["source"]: item["allows"] for item in body["files"] if item["allows"]}
    assert "outcome" in allows["iiss"]


def test_fetch_of_what_has_no_address_says_where_to_put_it(tmp_path):
    body = json.loads(ask("fetch", "benson_clinton", "--data", str(tmp_path), "--format", "json").stdout)
    assert {file["status"] for file in body["files"]} == {"by hand"}
    assert str(tmp_path) in body["files"][0]["message"]
