"""A paper added by writing one file: rows from a CSV, printed values in a file beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.commands.replicate import replicate as command
from workflows.published.frequentist import estimate
from workflows.published.study import load_study

PANEL = Path(__file__).resolve().parent / "r_engines" / "panel.csv"
STUDY = """
name = "own"
title = "An own study"

[printed]
study = "Own 2026"
table = "Table 1"
file = "printed.csv"

[sample]
reader = "csv"
file = "panel.csv"
unit = "unit"
label = "unit"
time = "year"

[outcome]
column = "share"
unit = "share of active armed forces"
headline_term = "potential"

[terms]
potential = { column = "potential", printed = "Potential" }
ally = { column = "ally", printed = "Ally" }

[[models]]
name = "Pooled"
estimator = "ols"
terms = ["potential", "ally"]
constant = "Constant"

[[models]]
name = "Within"
estimator = "fixed_effects"
terms = ["potential", "ally"]
"""


@pytest.fixture
def folder(tmp_path):
    frame = pd.read_csv(PANEL)
    frame.to_csv(tmp_path / "panel.csv", index=False)
    rows = []
    for model, engine in (("Pooled", "ols"), ("Within", "fixed_effects")):
        fit = estimate(frame, "share", ["potential", "ally"], engine=engine, unit="unit")
        for term, printed in (("intercept", "Constant"), ("potential", "Potential"), ("ally", "Ally")):
            if term == "intercept" and model == "Within":
                continue
            row = fit.of(term)
            values = {c: f"{row[c]:.4f}" for c in ("estimate", "lower", "upper")}
            rows.append({"model": model, "term": printed, **values, "n_obs": str(fit.n)})
    table = pd.DataFrame(rows).assign(
        study="Own 2026", table="Table 1", p_value="", interval_level="0.95", note="simulated"
    )
    table.to_csv(tmp_path / "printed.csv", index=False)
    (tmp_path / "own.toml").write_text(STUDY)
    return tmp_path


def _run(folder: Path):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(folder / "own.toml"), "--data", str(folder)])


def test_a_study_of_ones_own_is_replicated_from_one_file(folder):
    result = _run(folder)
    assert result.exit_code == 0, result.output
    assert "17 of 17 printed numbers reproduced" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('estimator = "ols"', 'estimator = "lasso"', "estimator"),
        ('terms = ["potential", "ally"]', 'terms = ["potential", "allies"]', "undeclared term 'allies'"),
        ('title = "An own study"', 'title = "An own study"\ncolour = "red"', "colour"),
        ("[printed]", "[printed", "a TOML file"),
        ('column = "ally"', 'column = "allied"', "no such column"),
        ('headline_term = "potential"', 'headline_term = "depth"', "'depth' is not declared"),
        ('file = "panel.csv"', 'file = "rows.csv"', "no such file"),
        ('table = "Table 1"', 'table = "Table 2"', "Own 2026, Table 2"),
    ],
)
def test_a_fault_of_the_file_is_named(folder, old, new, message):
    (folder / "own.toml").write_text(STUDY.replace(old, new, 1))
    result = _run(folder)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


def test_bundled_studies_load():
    for name in ("gannon-kent", "henke-2017-table-1", "henke-2017-table-2"):
        study = load_study(name)
        assert not study.printed_rows().empty
