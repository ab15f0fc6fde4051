"""Runs side by side in a table for a paper."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.common.errors import InputError
from workflows.cli import app
from workflows.published.tables import render
from workflows.run.paper_table import paper_table


def _run(out, name, status="passed", likelihood="hurdle_beta", operation="ISAF", known=""):
    folder = out / name
    for part in ("tables", "comparison", "gate"):
        (folder / part).mkdir(parents=True)
    spec = {"model": {"contribution": {"likelihood": likelihood}, "potential": {"kind": "difference"}}}
    stages = [{"name": "tables", "key": "k", "seconds": 1.0, "about": {"likelihood": known}}] if known else []
    (folder / "run.json").write_text(
        json.dumps({"name": name, "status": status, "spec": spec, "stages": stages})
    )
    columns = [
        "parameter",
        "of",
        "median",
        "sd",
        "lower",
        "upper",
        "interval",
        "r_hat",
        "ess_bulk",
        "ess_tail",
    ]
    rows = [
        ("size_slope", operation, -1.353, 1.11, -3.5, 0.83, "eti_95", 1.001, 2300, 2600),
        ("size_slope_spread", "", 1.4, 1.1, 0.1, 4.3, "eti_95", 1.001, 2000, 1800),
        ("size_control", "log_gdppc", 0.1, 0.2, -0.3, 0.5, "eti_95", 1.001, 2000, 1800),
        ("loading", "bases", 1.0, 0.1, 0.8, 1.2, "eti_95", 1.001, 2000, 1800),
    ]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "tables" / "estimates.csv", index=False)
    lines = [
        (f"{operation}: posterior", "posterior", -113.9, -241.4, 80.8, "eti_95", 320, 161),
        ("All Controls, as printed", "published", 196.0, 118.0, 314.0, "ci_95", 807, None),
    ]
    names = ["label", "group", "headline", "lower", "upper", "interval", "rows", "states"]
    pd.DataFrame(lines, columns=names).to_csv(folder / "comparison" / "headline.csv", index=False)
    found = {"R-hat": "1.0044 (x)", "bulk ESS": "2027 (y)", "divergences": "0"}
    pd.DataFrame(found.items(), columns=["check", "found"]).to_csv(
        folder / "gate" / "checks.csv", index=False
    )
    return folder


def test_effects_coefficients_rows_and_diagnostics_stand_in_a_column_a_run(tmp_path):
    folders = [_run(tmp_path, "one"), _run(tmp_path, "two", "gate failed", "gaussian")]
    table, full, notes = paper_table(folders)
    rows = table.set_index("quantity")
    assert list(rows.columns) == ["one", "two (a)"]
    assert rows.loc["H, ISAF", "one"] == "-114 [-241, 81]"
    assert rows.loc["size slope: ISAF", "one"] == "-1.4 [-3.5, 0.8]"
    assert list(rows["one"][["rows", "states", "R-hat, largest"]]) == ["320", "161", "1.0044"]
    assert rows.loc["likelihood", "two (a)"] == "gaussian"
    assert "size slope spread" not in rows.index
    assert {"size slope spread", "loading: bases"} <= set(full["quantity"])
    assert "(a) diagnostics failed: not to be reported" in notes
    assert any("95 % equal-tailed credible interval" in note for note in notes)


def test_the_posterior_sd_stands_in_brackets_by_choice(tmp_path):
    table, _, notes = paper_table([_run(tmp_path, "one")], "error")
    assert table.set_index("quantity").loc["size slope: ISAF", "one"] == "-1.4 (1.1)"
    assert "( ): posterior standard deviation" in notes


@pytest.mark.parametrize(
    ("known", "shown"), [("hurdle_logit_normal", "hurdle logit normal"), ("", "my likelihood")]
)
def test_a_likelihood_of_ones_own_and_variables_are_in_words(known, shown, tmp_path):
    found, _, _ = paper_table(
        [_run(tmp_path, "one", likelihood="house.my_likelihood:LIKELIHOOD", known=known)]
    )
    rows = found.set_index("quantity")["one"]
    assert rows["likelihood"] == shown
    assert rows["size control: log GDP per head"] == "0.10 [-0.30, 0.50]"
    assert not found["quantity"].str.contains("_").any()


def test_latex_has_no_sign_that_it_cannot_set_and_people_read_minus_signs(tmp_path):
    found, full, notes = paper_table([_run(tmp_path, "a_run")])
    text = {form: render(found, form, "Runs: a_run", notes) for form in ("latex", "html", "markdown")}
    assert "$-$114 [$-$241, 81]" in text["latex"]
    assert not re.search(r"(?<!\\)[_%&#]|\N{MINUS SIGN}", re.sub(r"\\begin.*|.*&.*\\\\", "", text["latex"]))
    assert "a\\_run" in text["latex"]
    assert all("−114 [−241, 81]" in text[form] for form in ("html", "markdown"))


def test_a_run_that_is_not_finished_is_refused(tmp_path):
    with pytest.raises(InputError, match="a finished run"):
        paper_table([_run(tmp_path, "one", "unfinished")])


@pytest.mark.parametrize(
    ("end", "holds"), [("tex", "\\begin{tabular"), ("html", "<table"), ("csv", "size slope")]
)
def test_the_command_writes_the_table(end, holds, tmp_path):
    _run(tmp_path, "one")
    file = tmp_path / f"table.{end}"
    call = ["runs", "table", "one", "--out", str(tmp_path), "--write", str(file)]
    shown = CliRunner().invoke(app, call, catch_exceptions=False).stdout
    assert "| H, ISAF" in shown
    assert holds in file.read_text(encoding="utf-8")


def test_effects_of_all_runs_stand_before_coefficients_and_counts_have_separators(tmp_path):
    folders = [_run(tmp_path, "one"), _run(tmp_path, "own", operation="Odyssey")]
    table, _, _ = paper_table(folders)
    names = list(table["quantity"])
    assert names[:2] == ["H, ISAF", "H, Odyssey"]
    assert names[2].startswith("size slope")
    assert list(table.set_index("quantity")["one"][["bulk ESS, smallest", "divergences"]]) == ["2,027", "0"]
