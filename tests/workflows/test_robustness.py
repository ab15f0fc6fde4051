"""Robustness variants: each changes what its line says, on the bundled panel and on a small one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from data.common.errors import InputError
from data.panel import build_panel
from data.variables.participants import participants
from workflows.commands.options import OutputFormat
from workflows.commands.replicate import replicate as command
from workflows.commands.replicate_twins import only_models, show_twins
from workflows.commands.robustness_pages import as_json, plain, readable
from workflows.commands.terminal import records
from workflows.published.robustness import (
    DECLARED,
    PRINTED,
    correlations,
    inflation,
    robustness,
    vary,
    with_lag,
)
from workflows.published.study import Study, load_study
from workflows.published.twins import LOGGED
from workflows.published.variant import Variant
from workflows.spec.run import SamplingSpec

SMALL = Path(__file__).resolve().parent / "r_engines" / "panel.csv"
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
drop_collinear = true

[outcome]
column = "sent"
unit = "log odds"
headline_term = "potential"

[terms]
potential = { column = "potential", printed = "Potential" }
similarity = { column = "similarity", printed = "Similarity" }
ally = { column = "ally", printed = "Ally" }

[[models]]
name = "(1) Logit"
estimator = "logit"
terms = ["potential", "similarity"]
constant = "Constant"

[absent]
"Trade" = "no source"

[robustness]
VARIANTS

[[correlations]]
terms = ["potential", "similarity"]
printed = "0.5"

[[correlations]]
terms = ["potential", "Trade"]
printed = "0.1"
"""


def _study(folder: Path, line: str) -> Study:
    printed = "study,table,model,term,estimate,lower,upper,p_value,interval_level,n_obs,note\n"
    printed += "Own 2026,Table 1,(1) Logit,Potential,0.500,0.100,0.900,,0.95,960,\n"
    (folder / "printed.csv").write_text(printed)
    (folder / "panel.csv").write_text(SMALL.read_text())
    (folder / "own.toml").write_text(STUDY.replace("VARIANTS", line))
    return load_study(folder / "own.toml")


def _found(folder: Path, line: str):
    study = _study(folder, line)
    return robustness(study, study.read(folder))


def _row(found, variant: str, term: str = "Potential") -> pd.Series:
    rows = found.table[(found.table["variant"] == variant) & (found.table["term"] == term)]
    assert len(rows) == 1, found.table[["variant", "term", "notes"]]
    return rows.iloc[0]


def test_a_variant_is_one_line_beside_the_printed_and_the_declared(tmp_path):
    found = _found(tmp_path, '"With allies" = { add = ["ally"], reported = "0.4", differs = "a control" }')
    assert list(found.table["variant"].unique()) == [PRINTED, DECLARED, "With allies"]
    printed, declared, varied = (_row(found, name) for name in (PRINTED, DECLARED, "With allies"))
    assert (printed["estimate"], printed["lower"], printed["interval"], printed["n"]) == (
        0.5,
        0.1,
        "ci_95",
        960,
    )
    assert declared["estimate"] != varied["estimate"]
    assert (varied["reported"], varied["differs"], varied["interval"]) == ("0.4", "a control", "ci_95")
    assert "Ally" in set(found.table.loc[found.table["variant"] == "With allies", "term"])
    assert "Ally" not in set(found.table.loc[found.table["variant"] == DECLARED, "term"])


def test_a_subset_keeps_and_leaves_out_the_rows_that_it_names(tmp_path):
    found = _found(tmp_path, "A = { only = { ally = [1] } }\nB = { leave_out = { ally = [1] } }")
    small = pd.read_csv(SMALL)
    assert _row(found, "A")["n"] == (small["ally"] == 1).sum()
    assert _row(found, "A")["n"] + _row(found, "B")["n"] == _row(found, DECLARED)["n"]


def test_a_cluster_is_selectable_and_counted(tmp_path):
    found = _found(tmp_path, 'U = { cluster = "unit" }\nY = { cluster = "year" }')
    small = pd.read_csv(SMALL)
    assert _row(found, DECLARED)["clusters"] == 0
    for name, column in (("U", "unit"), ("Y", "year")):
        row = _row(found, name)
        assert (row["cluster"], row["clusters"]) == (column, small[column].nunique())
        assert row["estimate"] == _row(found, DECLARED)["estimate"]
        assert row["upper"] != _row(found, DECLARED)["upper"]


def test_too_few_clusters_are_used_only_where_the_line_says_so(tmp_path):
    study = _study(tmp_path, 'A = { cluster = "third" }\nB = { cluster = "third", few_clusters = true }')
    raw = study.read(tmp_path).assign(third=lambda d: d["unit"] % 3)
    found = robustness(study, raw)
    assert (_row(found, "A")["cluster"], _row(found, "B")["cluster"]) == ("unit", "third")
    assert "too few to cluster by: clustered by unit" in _row(found, "A")["notes"]
    assert (
        "3 values of third are too few to cluster by: these errors are too small" in _row(found, "B")["notes"]
    )


def test_the_lagged_outcome_is_that_of_the_year_before_in_the_same_series(tmp_path):
    study = _study(tmp_path, '"Lag" = { lagged_outcome = true }')
    raw = study.read(tmp_path)
    rows = with_lag(study, study.rows(raw), "outcome")
    known = raw.set_index(["unit", "year"])["sent"]
    for row in rows.iloc[:50].to_dict("records"):
        before = known.get((row["unit"], row["year"] - 1), np.nan)
        assert row["lagged_outcome"] == before or (np.isnan(row["lagged_outcome"]) and np.isnan(before))
    found = robustness(study, raw)
    assert _row(found, "Lag")["n"] == rows["lagged_outcome"].notna().sum() < len(raw)
    assert _row(found, "Lag", "Outcome of the year before")["shown"]


def test_a_lag_asks_for_the_columns_that_tell_rows_apart(tmp_path):
    study = _study(tmp_path, '"Lag" = { lagged_outcome = true }')
    raw = study.read(tmp_path)
    twice = pd.concat([raw.assign(operation="a"), raw.assign(operation="b", sent=1 - raw["sent"])])
    twice = twice.reset_index(drop=True)
    with pytest.raises(InputError, match=r"unit 1, year .* a second time .* series in \[sample\]"):
        robustness(study, twice)
    with pytest.raises(InputError, match="several rows with unit 1"):
        with_lag(study, twice, "sent")
    study = study.model_copy(update={"sample": study.sample.model_copy(update={"series": ["operation"]})})
    rows = with_lag(study, study.rows(twice), "outcome").dropna(subset=["lagged_outcome"])
    lag = rows.pivot_table(index=["unit", "year"], columns="operation", values="lagged_outcome")
    assert (lag["a"] == 1 - lag["b"]).all()


def test_fixed_effects_and_the_averaged_logit_are_lines_too(tmp_path):
    lines = """FE = { estimator = "fixed_effects_logit", options = { dummies = "year" }, cluster = "unit" }
"AR(1)" = { estimator = "gee", options = { structure = "autoregressive", time = "year" } }"""
    found = _found(tmp_path, lines)
    assert _row(found, "FE")["estimator"] == "fixed_effects_logit"
    assert _row(found, "FE")["n"] < _row(found, DECLARED)["n"]
    assert not found.table["term"].str.startswith("year=").any()
    assert "working correlation: autoregressive" in _row(found, "AR(1)")["notes"]


def test_a_variant_that_these_rows_cannot_carry_says_why_and_spares_the_others(tmp_path):
    found = _found(tmp_path, 'Empty = { only = { ally = [7] } }\nA = { add = ["ally"] }')
    assert _row(found, "A")["n"] > 0
    row = found.table[found.table["variant"] == "Empty"].iloc[0]
    assert row["notes"].startswith("not estimated: found no rows")
    assert "not estimated" in set(readable(found)["estimate"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('A = { add = ["allies"] }', "undeclared term 'allies'"),
        ('A = { models = ["(2)"], drop = ["ally"] }', "unknown model '(2)'"),
        ('A = { estimator = "lasso" }', "robustness.A.estimator"),
        ('A = { colour = "red" }', "colour"),
        ('A = { reported = "0.4" }', "changes nothing"),
    ],
)
def test_a_fault_of_a_variants_line_is_named(tmp_path, line, message):
    with pytest.raises(InputError) as caught:
        _study(tmp_path, line)
    assert message in str(caught.value)


def test_reported_correlations_stand_beside_those_here_or_are_absent(tmp_path):
    study = _study(tmp_path, 'A = { add = ["ally"] }')
    rows = study.rows(study.read(tmp_path))
    table = correlations(study, rows)
    assert table["value"].iloc[0] == pytest.approx(rows["potential"].corr(rows["similarity"]))
    assert np.isnan(table["value"].iloc[1])
    assert table["second"].iloc[1] == "Trade"


def test_inflation_agrees_with_the_regression_of_one_term_on_the_other(tmp_path):
    study = _study(tmp_path, 'A = { add = ["ally"] }')
    rows = study.rows(study.read(tmp_path))
    found = inflation(study, rows).set_index("term")["vif"]
    r = rows["potential"].corr(rows["similarity"])
    assert found["potential"] == pytest.approx(1 / (1 - r**2))


def test_options_without_an_estimator_are_added_to_the_models_own():
    study = load_study("henke-2017-table-2")
    rows = pd.DataFrame({"un": [1.0]})
    changed = vary(study, study.models[2], Variant(options={"inflate": ["polity2"]}), rows)[1]
    assert changed.options == {"dummies": "year", "inflate": ["polity2"]}
    changed = vary(study, study.models[0], Variant(estimator="gee"), rows)[1]
    assert changed.options == {}


@pytest.fixture(scope="module")
def rows(shared_data):
    return participants(build_panel("bundled"), shared_data)


@pytest.mark.parametrize("name", ["henke-2017-table-1", "henke-2017-table-2"])
def test_every_variant_of_henke_runs_on_the_bundled_panel_or_says_why(rows, name):
    """The bundled panel has ISAF and Iraq alone: no operation of the United Nations."""
    study = load_study(name)
    found = robustness(study, rows)
    assert set(found.table["variant"]) == {PRINTED, DECLARED, *study.robustness}
    failed = found.table[found.table["term"] == ""].groupby("variant")["notes"].first()
    assert set(failed.index) == {"UN operations only"}
    assert "no rows" in failed.iloc[0]
    estimated = found.table[~found.table["variant"].isin([PRINTED]) & (found.table["term"] != "")]
    assert (estimated["interval"] == "ci_95").all()
    assert np.isfinite(estimated[["estimate", "lower", "upper"]].to_numpy()).all()
    by_coalition = estimated[estimated["variant"] == "Clustered by coalition"]
    assert set(by_coalition["cluster"]) == {"operation"}
    text = json.dumps(as_json(found), allow_nan=False, default=records)
    assert set(study.absent) == set(json.loads(text)["absent"])


def test_the_hierarchy_indexes_and_their_components_are_absent_by_name(rows):
    study = load_study("henke-2017-table-1")
    gone = ("Index of security hierarchy", "Index of economic hierarchy", "Independent alliances")
    for term in (*gone, "Military personnel", "Relative trade dependence", "Exchange rate regime"):
        assert term in study.absent
    table = correlations(study, study.rows(rows))
    assert (table["printed"].iloc[0], np.isnan(table["value"].iloc[0])) == ("0.3", True)


def test_missions_of_the_united_nations_are_told_from_their_titles(shared_data):
    spec = {"source": "official", "operations": ["KFOR", "UNAMID"], "leader": 2, "controls": []}
    spec |= {"years": [2009, 2010], "outcome": ["iiss", "un"]}
    found = participants(build_panel(spec, shared_data), shared_data)
    assert found.groupby("operation")["un"].unique().str[0].to_dict() == {"KFOR": 0.0, "UNAMID": 1.0}
    # Romania, Kosovo and the Congo changed their codes since CEPII's file of 2004.
    romania = found[(found["ccode"] == 360) & (found["operation"] == "KFOR")]
    assert romania["common_language"].notna().all()


def test_the_command_prints_writes_and_speaks_json(tmp_path):
    _study(tmp_path, '"With allies" = { add = ["ally"] }')
    app = typer.Typer()
    app.command()(command)
    call = [str(tmp_path / "own.toml"), "--data", str(tmp_path), "--robustness"]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 0, result.output
    assert "Correlation of Potential and Trade: 0.1 printed, absent here." in " ".join(result.stdout.split())
    table = tmp_path / "table.csv"
    result = CliRunner().invoke(app, [*call, "--format", "json", "--write", str(table)])
    assert {row["variant"] for row in json.loads(result.stdout)["variants"]} == {
        PRINTED,
        DECLARED,
        "With allies",
    }
    assert set(pd.read_csv(table)["variant"]) == {PRINTED, DECLARED, "With allies"}
    for name in ("table.html", "table.md", "table.tex"):
        result = CliRunner().invoke(app, [*call, "--write", str(tmp_path / name)])
        assert "With allies" in (tmp_path / name).read_text()


def test_models_that_are_the_same_on_a_panel_share_a_row(rows):
    """Model 3 lacks its components here and becomes model 2."""
    text = readable(robustness(load_study("henke-2017-table-1"), rows))
    declared = text.index[text["variant"] == DECLARED][0]
    assert text.loc[declared, "model"] == "(2) (3)"


def test_a_study_without_variants_says_where_they_go():
    with pytest.raises(InputError, match=r"\[robustness\] in the study's file"):
        robustness(load_study("gannon-kent"), pd.DataFrame())


def test_twins_of_single_models_are_chosen_by_the_beginning_of_their_name():
    study = load_study("henke-2017-table-2")
    assert [m.name for m in only_models(study, ["(4)"]).models] == ["(4) Logit"]
    assert len(only_models(study, []).models) == 3
    with pytest.raises(InputError, match="the beginning of one of"):
        only_models(study, ["(7)"])


def test_twins_are_printed_beside_the_estimates_and_labelled(tmp_path, monkeypatch, capsys):
    study = load_study("henke-2017-table-2")
    row = {
        "study": study.name,
        "model": "(4) Logit",
        "estimator": "logit",
        "kind": "twin",
        "term": "A _{t-1}",
    }
    row |= {"estimate": 0.5, "estimate_lower": 0.1, "estimate_upper": 0.9, "estimate_interval": "ci_95"}
    row |= {"mean": 0.51, "lower": 0.2, "upper": 0.8, "interval": "eti_95", "mcse": 0.01}
    row |= {"difference_in_mcse": 1.0, "rows": 960, "passed": True}
    other = row | {"model": "(6) Zero-inflated Poisson", "kind": LOGGED, "passed": False}
    table = pd.DataFrame([row, other | {"difference_in_mcse": np.nan}])
    monkeypatch.setattr("workflows.commands.replicate_twins.twin_table", lambda *_: table)
    monkeypatch.setenv("COLUMNS", "160")
    asked = (study, pd.DataFrame(), tmp_path, SamplingSpec(), OutputFormat.text)
    assert not show_twins(*asked, tmp_path / "twins.md")
    said = " ".join(capsys.readouterr().out.split())
    assert "estimated [ ]: 95 % confidence; sampled [ ]: 95 % equal-tailed" in said
    assert "(4) Logit: twin; diagnostics gate passed." in said
    assert "not a twin: a Poisson has no likelihood for logged counts" in said
    assert "0.510 [0.200, 0.800]" in (tmp_path / "twins.md").read_text()


def test_a_lag_in_print_is_shown_without_typesetting():
    assert plain("CINC score _{t-1}") == "CINC score (t-1)"
