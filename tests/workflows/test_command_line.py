"""Every command explains itself with an example, completes in a shell, and keeps colours to terminals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib

import pytest
import typer.main
from typer.testing import CliRunner

from workflows.cli import app
from workflows.spec.coalitions import any_spec
from workflows.spec.run import bundled_specs
from workflows.spec.toml import spec_toml

ROOT = typer.main.get_command(app)
START = "import sys; sys.argv[0] = 'coalition'; from workflows.entry import main; main()"


def _commands(command=ROOT, path=()):
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield path, command
    for name, child in inner.items():
        yield from _commands(child, (*path, name))


COMMANDS = {" ".join(path): command for path, command in _commands() if path}


def _run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", START, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_in_its_help(name):
    result = CliRunner().invoke(app, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert f"coalition {name.split()[0]}" in result.output.split("Usage", 1)[1].split("\n", 1)[1], (
        result.output
    )


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"runs rm"}))
def test_every_command_speaks_json_where_it_answers(name):
    options = {flag for parameter in COMMANDS[name].params for flag in parameter.opts}
    assert "--format" in options, f"coalition {name} has no --format"


def test_help_is_plain_text_where_it_is_no_terminal():
    result = _run("run", "--help")
    assert result.returncode == 0
    assert "\x1b" not in result.stdout + result.stderr


def test_a_shell_completes_commands_specs_and_sources():
    def complete(words, position):
        done = _run(_COALITION_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(position))
        return done.stdout.split()

    assert {"run", "doctor", "data"} <= set(complete("coalition ", 1))
    assert set(bundled_specs()) <= set(complete("coalition run ", 2))
    assert "atop" in complete("coalition data show at", 3)


@pytest.mark.parametrize("name", bundled_specs())
def test_a_printed_spec_reads_back_to_the_same_spec_under_its_own_name(name, tmp_path):
    text = spec_toml(any_spec(name))
    assert "name" not in tomllib.loads(text)
    copy = tmp_path / "mine.toml"
    copy.write_text(text, encoding="utf-8")
    again, first = any_spec(copy).describe(), any_spec(name).describe()
    assert again.pop("name") == "mine"
    first.pop("name")
    assert again == first


def test_specs_are_listed_with_their_titles():
    result = CliRunner().invoke(app, ["spec", "--format", "json"])
    assert set(json.loads(result.stdout)) == set(bundled_specs())


def test_doctor_finds_a_whole_installation_and_says_so_in_json(monkeypatch):
    import workflows.run.doctor as module

    monkeypatch.setattr(module, "_tiny_sample", lambda: module.Finding("tiny sample", "good", "left out"))
    result = CliRunner().invoke(app, ["doctor", "--format", "json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0, found
    assert found["healthy"]
    assert {c["check"] for c in found["checks"]} >= {"packages", "hidden packages", "bundled data"}


def test_doctor_reports_a_check_that_breaks_and_ends_with_1(monkeypatch):
    import workflows.run.doctor as module

    def broken():
        raise ImportError("no sampler")

    monkeypatch.setattr(module, "_tiny_sample", broken)
    result = CliRunner().invoke(app, ["doctor", "--quiet"])
    assert result.exit_code == 1
    assert "no sampler" in result.output
    assert "ok" not in result.output


@pytest.mark.slow
def test_doctor_draws_a_tiny_sample():
    from workflows.run.doctor import _tiny_sample

    assert _tiny_sample().state == "good"


def test_groups_are_click_groups_that_show_help_without_arguments():
    # Typer brings its own copy of Click: its groups are no `click.Group`.
    groups = [c for c in ROOT.commands.values() if getattr(c, "commands", None)]
    assert len(groups) >= 4
    assert all(g.no_args_is_help or g.invoke_without_command for g in groups)


def test_help_shows_what_stands_in_square_brackets():
    assert "[multiverse] table" in CliRunner().invoke(app, ["multiverse", "--help"]).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runs", "show", "nothing", "--format", "json"], "no such run"),
        (["run", "--nope", "--format=json"], "--nope"),
        (["run", "nothing", "--format", "json"], "nothing"),
        (["compare", "bundled", "--unit", "row", "--method", "kfold", "--format", "json"], "--method"),
    ],
)
def test_bad_input_is_a_json_object_where_json_is_asked_for(arguments, said):
    done = _run(*arguments)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 2
    assert said in json.dumps(error)
    assert error["message"] in done.stderr
    assert "Traceback" not in done.stderr


def test_json_that_is_asked_for_and_comes_is_alone_and_ends_well():
    done = _run("spec", "--format", "json")
    assert done.returncode == 0
    assert "error" not in json.loads(done.stdout)


def test_a_table_in_a_pipe_keeps_its_lines_whole(monkeypatch, capsys):
    from rich.table import Table

    from workflows.commands.terminal import terminal

    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table("name", "what it says")
    table.add_row("first", "a sentence of many words, " * 5)
    terminal().print(table)
    assert "a sentence of many words, " * 4 in capsys.readouterr().out


def test_doctor_does_not_call_a_folder_whole_that_lacks_files(tmp_path):
    import workflows.run.doctor as module

    found = module._data(tmp_path)
    assert found.state == "note"
    assert f"{tmp_path}: 0 of " in found.found
    assert found.advice


def test_chains_are_listed_by_their_number_where_the_first_of_them_stood():
    from workflows.commands.runs import in_order

    names = ["panel", "chains/10", "chains/2", "posterior", "baselines/table", "chains/0"]
    assert [s["name"] for s in in_order([{"name": n} for n in names])] == [
        "panel", "chains/0", "chains/2", "chains/10", "posterior", "baselines/table",
    ]  # fmt: skip
