"""``coalition replicate --correct``: corrections switched on singly and together."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from data.common.errors import InputError
from data.studies.corrections import CORRECTIONS
from workflows.commands.replicate import replicate as command


def _run(*arguments: str):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, ["gannon-kent", *arguments])


@pytest.mark.parametrize("name", [*CORRECTIONS, "all"])
def test_each_correction_gives_estimates_rows_states_and_changed_state_years(shared_data, name):
    result = _run("--data", str(shared_data), "--correct", name, "--format", "json")
    assert result.exit_code == 0, result.output
    out = json.loads(result.stdout)
    assert out["corrections"] == (list(CORRECTIONS) if name == "all" else [name])
    assert len(out["models"]) == 4
    for model in out["models"]:
        assert model["n"] > 800
        assert model["states"] > 60
        assert len(model["terms"]) == len(model["terms_clustered"])
    assert len(out["headline"]) == 8
    assert {c["correction"] for c in out["changed"]} == set(out["corrections"])


def test_two_corrections_can_be_asked_for_together(shared_data):
    result = _run(
        "--data", str(shared_data), "--correct", "year_2014", "--correct", "gdp_join", "--format", "json"
    )
    assert json.loads(result.stdout)["corrections"] == ["gdp_join", "year_2014"]


def test_text_names_the_states_and_years_that_changed(shared_data):
    result = _run("--data", str(shared_data), "--correct", "thousands_separators")
    words = " ".join(result.stdout.split())
    assert "United Kingdom: 2007, 2010, 2013 (count with a separator)" in words
    assert "The file holds" in words


def test_an_unknown_correction_is_refused(shared_data):
    assert isinstance(_run("--data", str(shared_data), "--correct", "everything").exception, InputError)


def test_effects_are_the_headline_table(shared_data):
    result = _run("--data", str(shared_data), "--effects", "--format", "json")
    assert len(json.loads(result.stdout)["headline"]) == 60
