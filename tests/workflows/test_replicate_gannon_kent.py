"""Gannon & Kent's Table 1 from the authors' file, to the printed digit."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from data.common.errors import InputError
from data.facts.published import printed_table
from workflows.commands.replicate import replicate as command
from workflows.published.replicate import agrees, as_json, comparison, replicate
from workflows.published.study import load_study
from workflows.spec.run import STUDIES

STUDY, TABLE = "Gannon & Kent JCR (manuscript)", "Table 1"
PRINTED = printed_table(STUDY, TABLE)
NUMBERS = [
    (row.Index, part)
    for row in PRINTED.itertuples()
    for part in ("estimate", "lower", "upper", "n_obs")
    if getattr(row, f"{part}_printed")
]


@pytest.fixture(scope="module")
def found(shared_data):
    study = load_study("gannon-kent")
    return replicate(study, study.read(shared_data))


def test_every_printed_number_of_table_1_is_reproduced_to_the_printed_digit(found):
    table = comparison(found)
    assert len(table) == 90
    assert table["agrees"].all(), table[~table["agrees"]].to_string()


@pytest.mark.parametrize(
    ("model", "n", "log_likelihood"),
    [
        ("Baseline", 2210, 7896.947),
        ("Political Controls", 1774, 6680.387),
        ("All Controls", 807, 3203.837),
        ("Fixed Effects", 1774, None),
    ],
)
def test_rows_and_log_likelihood_are_those_of_the_table(found, model, n, log_likelihood):
    fit = found.published(model)
    assert fit.n == n
    if log_likelihood is not None:
        assert round(fit.statistics["log_likelihood"], 3) == log_likelihood


@pytest.mark.parametrize(("index", "part"), NUMBERS)
def test_one_changed_digit_of_any_printed_number_is_noticed(found, index, part):
    """Every digit of every printed number in turn is replaced by its successor."""
    text = PRINTED.loc[index, f"{part}_printed"]
    for place, digit in enumerate(text):
        if not digit.isdigit():
            continue
        mutated = PRINTED.loc[[index]].copy()
        mutated[f"{part}_printed"] = text[:place] + str((int(digit) + 1) % 10) + text[place + 1 :]
        assert not comparison(found, mutated)["agrees"].all(), f"{text} changed at place {place}"


def test_stars_of_the_table_are_intervals_that_leave_out_zero(found):
    for row in PRINTED[PRINTED["kind"] == "coefficient"].itertuples():
        term = comparison(found, PRINTED.loc[[row.Index]]).set_index("part")["value"]
        assert (term["lower"] > 0 or term["upper"] < 0) == row.note.startswith("starred")


def test_with_the_ideal_point_distance_the_likelihood_is_another(shared_data):
    study = load_study("gannon-kent")
    raw = study.read(shared_data)
    distance = study.terms["un_voting"].model_copy(update={"column": "ideal_dist"})
    other = study.model_copy(update={"terms": {**study.terms, "un_voting": distance}})
    fit = replicate(other, raw).published("Political Controls")
    assert round(fit.statistics["log_likelihood"], 3) == 6673.556


def test_a_negative_zero_is_not_a_zero():
    assert agrees(-0.0002, "-0.000")
    assert not agrees(0.0002, "-0.000")
    assert not agrees(-0.0002, "0.000")


def test_json_has_the_agreed_shape(found):
    out = json.loads(json.dumps(as_json(found)))
    assert [m["name"] for m in out["models"]] == [
        "Baseline",
        "Political Controls",
        "All Controls",
        "Fixed Effects",
    ]
    term = out["models"][0]["terms"][1]
    assert term["term"] == "alliance_potential"
    assert {"estimate", "lower", "upper", "printed", "interval"} <= set(term)
    assert term["printed"]["estimate"] == 0.002
    assert term["interval"] == "ci_95"
    assert [m["states"] for m in out["models"]] == [164, 153, 70, 153]


def _run(*arguments: str):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_writes_json_alone_to_standard_output(shared_data):
    result = _run("gannon-kent", "--data", str(shared_data), "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["models"][2]["n"] == 807


def test_the_command_prints_a_readable_table(shared_data):
    result = _run("gannon-kent", "--data", str(shared_data))
    assert result.exit_code == 0
    assert "90 of 90 printed numbers reproduced" in " ".join(result.stdout.split())


@pytest.mark.parametrize("ending", [".html", ".tex", ".md", ".csv"])
def test_the_table_is_written_in_the_form_that_the_ending_names(shared_data, tmp_path, ending):
    path = tmp_path / f"table{ending}"
    assert _run("gannon-kent", "--data", str(shared_data), "--write", str(path)).exit_code == 0
    assert "0.0099" in path.read_text() or "0.010 [0.008, 0.012]" in path.read_text()


def test_a_missing_data_folder_and_an_unknown_study_are_input_errors(tmp_path):
    for arguments in (("gannon-kent",), ("gannon-kent", "--data", str(tmp_path)), ("nobody-2000",)):
        assert isinstance(_run(*arguments).exception, InputError)


def test_a_printed_number_that_is_not_reproduced_ends_with_code_3(shared_data, tmp_path):
    """A user's own study file, printed values in a file beside it."""
    rows = pd.read_csv(STUDIES.parents[2] / "data" / "bundled" / "published_results.csv", dtype=str)
    rows.loc[(rows["model"] == "Baseline") & (rows["term"] == "Alliance Potential"), "estimate"] = "0.003"
    rows.to_csv(tmp_path / "mine.csv", index=False)
    text = (STUDIES / "gannon-kent.toml").read_text()
    (tmp_path / "mine.toml").write_text(
        text.replace('table = "Table 1"', 'table = "Table 1"\nfile = "mine.csv"')
    )
    result = _run(str(tmp_path / "mine.toml"), "--data", str(shared_data))
    assert result.exit_code == 3
    assert "printed 0.003, found 0.00233778" in " ".join(result.stderr.split())
