"""``coalition published list`` and ``show``."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.commands.published import app


def _run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_list_names_every_published_model_with_its_number_of_printed_numbers():
    models = json.loads(_run("list", "--format", "json").stdout)
    assert len(models) == 10
    assert all(m["numbers"] > 0 for m in models)
    assert "published models" in _run("list").stdout


def test_show_gives_numbers_effects_and_disagreements():
    out = json.loads(_run("show", "gannon", "--format", "json").stdout)
    assert out["study"].startswith("Gannon & Kent")
    assert {"results", "predicted_effects", "known_disagreements"} < set(out)
    assert any(row["estimate_printed"] == "0.010" for row in out["results"])
    assert "known disagreements" in _run("show", "henke").stdout


def test_show_can_be_narrowed_to_one_model_and_refuses_unknown_ones():
    out = json.loads(_run("show", "gannon", "--model", "Baseline", "--format", "json").stdout)
    assert {row["model"] for row in out["results"]} == {"Baseline"}
    assert isinstance(_run("show", "gannon", "--model", "Best").exception, InputError)
    assert isinstance(_run("show", "nobody").exception, InputError)


def test_the_one_name_of_a_study_works_here_too():
    out = json.loads(_run("show", "gannon-kent", "--format", "json").stdout)
    assert out["study"].startswith("Gannon & Kent")
    assert any(row["estimate_printed"] == "0.010" for row in out["results"])
    second = json.loads(_run("show", "henke-2017-table-2", "--format", "json").stdout)
    assert {row["table"] for row in second["results"] if row["kind"] != "claim"} == {"Table 2"}
    names = {row["name"] for row in json.loads(_run("list", "--format", "json").stdout)}
    assert names == {"gannon-kent", "henke-2017-table-1", "henke-2017-table-2"}


def test_a_name_that_is_no_study_is_answered_by_near_ones():
    assert "'gannon-kent'" in str(_run("show", "gannonkent-2021").exception)
    assert "found no single study" in str(_run("show", "gannonkent-2021").exception)
