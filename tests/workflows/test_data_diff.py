"""``coalition data diff``: JSON alone on standard output, one line for a fault."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["data", "diff", *map(str, arguments)], catch_exceptions=False)


def test_a_study_is_set_against_its_sources(shared_data):
    answer = json.loads(run("gannon-kent", "--data", shared_data, "--format", "json").stdout)
    outcome = [row for row in answer["columns"] if row["column"] == "troops_afghan_final"]
    assert outcome[0]["equal"] == 2174
    assert {row["counts"] for row in answer["correlations"]} == {"merged", "rebuilt"}
    assert "the largest placemat" in run("gannon-kent", "--data", shared_data).stdout


def test_two_releases_are_compared_by_name_under_the_data_folder(shared_data):
    files = ("cow/NMC_5_0.csv", "cow/NMC-60-abridged.csv")
    answer = json.loads(run(*files, "--data", shared_data, "--format", "json").stdout)
    assert answer["a"]["version"] != answer["b"]["version"]
    assert answer["rows"] == {"only_a": 0, "only_b": 780, "both": 15171}
    assert "15171 in both" in run(*files, "--data", shared_data).stdout


@pytest.mark.parametrize("arguments", [("nothing.csv",), ("nothing.csv", "nowhere.csv")])
def test_a_fault_is_an_input_error(arguments, tmp_path):
    with pytest.raises(InputError):
        run(*arguments, "--data", tmp_path)
