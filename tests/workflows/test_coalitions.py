"""The run of the pooled model of coalitions: stages, tables, verdict; nutpie put aside."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import typer
import xarray as xr
from typer.testing import CliRunner

from models.coalition import GROUPS
from tests.models.test_coalition import small_design
from tests.workflows.stub_sampler import put_aside
from workflows.coalition_design import CONTROLS, KINDS, usable
from workflows.coalition_page import coalition_page
from workflows.coalition_plug_in import COLUMNS, plug_in
from workflows.coalitions import SAMPLING, TABLES, CoalitionRun
from workflows.commands.coalitions import coalitions as command

PLUG_IN = pd.DataFrame(
    [
        (fit, "participated_100", "breadth", 0.5, 0.1, 0.9, "ci_95", 10, 5)
        for fit in (*GROUPS, "US-led UN minus placebo")
    ],
    columns=list(COLUMNS),
)
QUICK = SAMPLING.model_copy(update={"draws": 25, "tune": 10})


@pytest.fixture(scope="module")
def run(shared_data, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        put_aside(patch)
        # Four logits with quadrature take a minute; their own test below is on few rows.
        patch.setattr("workflows.coalitions.plug_in", lambda *_: PLUG_IN)
        out = CoalitionRun(shared_data, tmp_path_factory.mktemp("out"), QUICK)
        assert out.results_stage
        yield out


def test_rows_that_the_model_leaves_out_are_counted_by_reason(run):
    left = run.table("left_out").set_index("reason")["rows"]
    assert left.sum() == len(run.coalitions.rows) == 4936
    assert left["kept"] == len(run.rows) == 4166


def test_three_groups_of_operations_have_rows(run):
    groups = pd.Series(run.design.row_group).value_counts()
    assert groups.to_dict() == {0: 970, 1: 1796, 2: 1400}
    assert run.design.names["treaty"][2].startswith("North Atlantic Treaty")


def test_ties_are_standardised_over_states_and_controls_over_rows(run):
    for values in (run.design.ties, run.design.controls):
        assert values.mean(axis=0) == pytest.approx(0, abs=1e-9)
        assert values.std(axis=0) == pytest.approx(1)
    assert run.design.ties.shape == (157, len(KINDS))
    assert run.design.controls.shape == (4166, len(CONTROLS))


def test_every_table_is_written_and_the_check_covers_every_operation(run):
    assert {name: len(run.table(name)) > 0 for name in TABLES} == dict.fromkeys(TABLES, True)
    assert set(run.table("predictive")["operation"]) == set(run.design.names["operation"])
    contrasts = run.table("slopes").query("level == 'contrast'")
    assert len(contrasts) == 2


def test_payments_of_which_nothing_is_known_are_bounded_not_zero(run):
    table = run.table("payments")
    assert (table["paid"] + table["sought"] + table["no_record"] == table["contributors"]).all()
    whole = table.dropna(subset=["difference"])
    assert (whole["lower"] <= whole["difference"]).all()
    assert (whole["upper"] >= whole["difference"]).all()
    assert set(table["operation"]) > {"Iraq", "all"}


def test_a_second_run_computes_nothing(run, shared_data, monkeypatch):
    monkeypatch.setattr("workflows.coalitions.sample_model", lambda *_: pytest.fail("sampled again"))
    again = CoalitionRun(shared_data, run.store.folder.parent, QUICK)
    assert again.results_stage.cached
    other = CoalitionRun(shared_data, run.store.folder.parent, QUICK.model_copy(update={"seed": 5}))
    assert other.store.would_compute(lambda: other.results_stage)


def test_a_row_with_a_tie_or_a_control_missing_is_left_out_for_that_reason(run):
    rows = run.coalitions.rows.head(40).copy()
    rows[[*KINDS, *(c for c in CONTROLS if c != "log_cinc")]] = 1.0
    rows = rows.assign(cinc=0.1, least=0, most=0)
    rows.loc[rows.index[0], "us_trade"] = None
    rows.loc[rows.index[1], "cinc"] = 0.0
    rows.loc[rows.index[2], "most"] = 2
    kept, left = usable(rows)
    assert left["rows"].tolist() == [1, 1, 1, 37]
    assert len(kept) == 37


def test_the_command_shows_its_tables_and_ends_with_3_where_the_gate_fails(run, shared_data, monkeypatch):
    put_aside(monkeypatch)
    monkeypatch.setattr("workflows.coalitions.plug_in", lambda *_: PLUG_IN)
    monkeypatch.setattr("workflows.coalitions.SAMPLING", QUICK)
    app = typer.Typer()
    app.command()(command)
    asked = ["--data", str(shared_data), "--out", str(run.store.folder.parent), "--draws", "25"]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 3
    assert "FAILED" in shown.stdout
    assert "US-led UN minus placebo" in shown.stdout
    answer = json.loads(CliRunner().invoke(app, [*asked, "--format", "json"]).stdout)
    assert answer["passed"] is False
    assert {*TABLES, "advice"} <= set(answer)


def test_the_page_says_the_placebos_answer_and_what_the_data_cannot_say(run):
    html = coalition_page(run)
    assert "UN missions that it did not lead" in html
    assert "no list is at hand" in html
    assert "18 of the 38 coalitions" in html
    assert "Do not report these estimates" in html


def test_a_slope_that_differs_between_led_missions_and_placebo_is_found_without_feedback():
    """Simulated: breadth counts 1.5 in missions led, nothing in the placebo."""
    rng = np.random.default_rng(6)
    design = small_design(rows=3000, seed=1)
    breadth = rng.normal(size=12)
    breadth = (breadth - breadth.mean()) / breadth.std()
    slope = np.array([0.0, 1.5, 0.0])[design.row_group]
    # Twelve states may differ along breadth by chance; these do not.
    own = rng.normal(scale=0.7, size=12)
    own -= own.mean() + breadth * (own @ breadth) / 12
    eta = -0.5 + slope * breadth[design.state] + own[design.state]
    yes = (eta + rng.logistic(size=3000) > 0).astype(float)
    rows = pd.DataFrame({"ccode": design.state, "operation": design.operation, "participated": yes})
    measured = xr.Dataset({"breadth": (("chain", "draw", "state"), breadth[None, None])})
    table = plug_in(design, rows.assign(participated_100=yes), measured).set_index("fit")
    assert table.loc["US-led, UN", "lower"] < 1.5 < table.loc["US-led, UN", "upper"]
    assert table.loc["UN, not US-led", "lower"] < 0 < table.loc["UN, not US-led", "upper"]
    assert table.loc["US-led UN minus placebo", "lower"] > 0.5
