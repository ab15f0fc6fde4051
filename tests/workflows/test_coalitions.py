"""The run of the pooled model of coalitions: stages, tables, verdict; nutpie put aside."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from data.common.errors import InputError
from models.coalition import GROUPS
from tests.models.test_coalition import small_design
from tests.workflows.stub_sampler import put_aside
from workflows.cli import app
from workflows.coalitions.design import CONTROLS, KINDS, usable
from workflows.coalitions.page import coalition_page
from workflows.coalitions.plug_in import COLUMNS, plug_in
from workflows.coalitions.run import TABLES, CoalitionRun
from workflows.spec.coalitions import CoalitionSpec, any_spec
from workflows.spec.run import load_spec
from workflows.spec.toml import spec_toml

PLUG_IN = pd.DataFrame(
    [
        (fit, "participated_100", "breadth", 0.5, 0.1, 0.9, "ci_95", 10, 5)
        for fit in (*GROUPS, "US-led UN minus placebo")
    ],
    columns=list(COLUMNS),
)
QUICK = {"draws": 100, "tune": 10}


def quick(**sampling: int) -> CoalitionSpec:
    """The bundled spec with few draws."""
    spec = any_spec("us-coalitions", **QUICK | sampling)
    assert isinstance(spec, CoalitionSpec)
    return spec


@pytest.fixture(scope="module")
def run(shared_data, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        put_aside(patch)
        # Four logits with quadrature take a minute; their own test below is on few rows.
        patch.setattr("workflows.coalitions.run.plug_in", lambda *_: PLUG_IN)
        out = CoalitionRun(shared_data, tmp_path_factory.mktemp("out"), quick())
        assert out.results_stage
        yield out


def test_rows_that_the_model_leaves_out_are_counted_by_reason(run):
    left = run.table("left_out").set_index("reason")["rows"]
    assert left.sum() == len(run.coalitions.rows) == 4936
    assert left["kept"] == len(run.rows) == 4224


def test_three_groups_of_operations_have_rows(run):
    groups = pd.Series(run.design.row_group).value_counts()
    assert groups.to_dict() == {0: 982, 1: 1822, 2: 1420}
    assert run.design.names["treaty"][2].startswith("North Atlantic Treaty")


def test_ties_are_standardised_over_states_and_controls_over_rows(run):
    for values in (run.design.ties, run.design.controls):
        assert values.mean(axis=0) == pytest.approx(0, abs=1e-9)
        assert values.std(axis=0) == pytest.approx(1)
    assert run.design.ties.shape == (158, len(KINDS))
    assert run.design.controls.shape == (4224, len(CONTROLS))


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
    monkeypatch.setattr("workflows.coalitions.draws.sample_model", lambda *_: pytest.fail("sampled again"))
    again = CoalitionRun(shared_data, run.store.folder.parent, quick())
    assert again.results_stage.cached
    other = CoalitionRun(shared_data, run.store.folder.parent, quick(seed=5))
    assert other.store.would_compute(lambda: other.results_stage)


def test_an_unknown_sample_is_refused(shared_data, tmp_path):
    with pytest.raises(InputError, match="sample") as refused:
        CoalitionRun(shared_data, tmp_path, quick(), sample="lead")
    assert "'led'" in str(refused.value)


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


def test_the_run_command_shows_its_tables_and_ends_with_3_where_the_gate_fails(
    run, shared_data, monkeypatch, tmp_path
):
    put_aside(monkeypatch)
    monkeypatch.setattr("workflows.coalitions.run.plug_in", lambda *_: PLUG_IN)
    spec = tmp_path / "us-coalitions.toml"
    spec.write_text(spec_toml(quick()), encoding="utf-8")
    out = run.store.folder.parent
    asked = ["run", str(spec), "--data", str(shared_data), "--out", str(out)]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 3, shown.output
    assert "FAILED" in shown.stdout
    assert "US-led UN minus placebo" in shown.stdout
    answer = json.loads(CliRunner().invoke(app, [*asked, "--format", "json"]).stdout)
    assert answer["passed"] is False
    assert {*TABLES, "advice", "report"} <= set(answer)
    listed = json.loads(
        CliRunner().invoke(app, ["runs", "list", "--out", str(out), "--format", "json"]).stdout
    )
    assert [(one["name"], one["status"]) for one in listed] == [("us-coalitions", "gate failed")]


def test_a_spec_of_coalitions_is_no_spec_of_a_panel_and_other_commands_say_so():
    with pytest.raises(InputError, match="coalition run"):
        load_spec("us-coalitions")
    assert any_spec("us-coalitions").title.startswith("Who joins coalitions")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[priors]\nslope_sd = 0", "slope_sd"),
        ("[priors]\nslope = 1", "slope"),
        ("[sampling]\nsampler = 'numpyro'", "nutpie"),
        ("study = 'nobody'", "nobody"),
    ],
)
def test_a_fault_of_a_spec_of_coalitions_is_one_line(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(f"kind = 'coalitions'\n{text}\n", encoding="utf-8")
    with pytest.raises(InputError, match=said) as raised:
        any_spec(path)
    assert "\n" not in str(raised.value)


def test_a_table_of_operations_beside_the_spec_is_found_there(tmp_path):
    (tmp_path / "mine.csv").write_text("operation\n", encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text("kind = 'coalitions'\noperations = 'mine.csv'\n", encoding="utf-8")
    spec = any_spec(path)
    assert isinstance(spec, CoalitionSpec)
    assert (spec.name, spec.operations) == ("mine", str(tmp_path / "mine.csv"))


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
