"""What fell away is said: years, troops, states, with reason and remedy; and the ledger is where an error says."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.assembly.spec import PanelSpec, panel_spec, parse_spec
from data.common.errors import InputError
from data.panel import build_panel, left_out, open_panel, save_panel
from data.pool import pool_panels
from data.reach_measure import measure
from data.variables.reach import COLUMNS, FILE, choices_table, further, reach, reach_of, values_of
from workflows.cli import app
from workflows.pages.sections.data import variables
from workflows.run.panel_notices import coded, panel_notices, single_rows, spans
from workflows.run.run import Run
from workflows.spec.run import RunSpec, load_spec

KFOR_2017 = {
    "source": "official",
    "operations": ["KFOR"],
    "years": [2013, 2017],
    "outcome": ["facts", "iiss"],
    "controls": ["log_cinc"],
}


def said(spec, data=None) -> list[str]:
    spec = panel_spec(spec)
    return [f"{n.kind}: {n.text}" for n in panel_notices(spec, build_panel(spec, data))]


def test_a_year_without_armed_forces_is_said_with_the_settings_that_reach_it(shared_data):
    notes = said(KFOR_2017, shared_data)
    (lost,) = [note for note in notes if "KFOR 2017" in note]
    assert lost.startswith("years not in the fit: KFOR 2017 (3,598 troops on the lists): armed_forces")
    assert 'ends in 2016; `armed_forces = "nmc"`, `capabilities = "7.0"` reach 2022.' in lost
    assert 'log_cinc (NMC-60-abridged.csv) ends in 2016; `capabilities = "7.0"` reaches 2022' in lost
    assert "or leave log_cinc out of `controls`" in lost


def test_the_remedy_that_is_named_brings_the_year_in(shared_data):
    cured = {**KFOR_2017, "armed_forces": "nmc", "capabilities": "7.0"}
    assert 2017 in build_panel(cured, shared_data)["row_year"]
    assert not [note for note in said(cured, shared_data) if "KFOR 2017" in note]


def test_years_without_a_list_and_years_before_or_after_an_operation_are_told_apart():
    notes = said({"source": "bundled", "years": [2001, 2016]})
    assert any(
        "no complete list" in n and "ISAF 2001 to 2008, 2011 to 2014; Iraq 2008 to 2011" in n for n in notes
    )
    assert any("2015 to 2016: ISAF, Iraq was not under way" in n for n in notes)


def test_contributors_left_out_are_named_with_their_troops_and_reason():
    (note,) = [n for n in said("bundled") if n.startswith("troops not in the fit")]
    assert "45 of 182,516 on the lists (Tonga 45; 2004): no figure for the armed forces" in note


def test_states_without_a_row_are_counted_by_reason():
    (note,) = [n for n in said("bundled") if n.startswith("states not in the fit")]
    panel = build_panel("bundled")
    gone = left_out(panel)
    everybody = set(gone["ccode"]) | set(panel["row_ccode"].to_numpy())
    # The United States and Iraq: leader, and theatre state of one operation only.
    without = everybody - set(panel["row_ccode"].to_numpy()) - {2}
    assert f"{len(without)} of {len(everybody) - 1} states have no row" in note
    assert "no `log_gdppc` (Djibouti, North Korea, Venezuela)" in note


def test_every_cell_is_a_row_or_left_out_and_troops_add_up(shared_data):
    for spec, data in (("bundled", None), ("isaf", shared_data), ("gannon-kent", shared_data)):
        panel = build_panel(spec, data)
        gone = left_out(panel)
        ledger = pd.DataFrame(json.loads(panel.attrs["ledger"])).set_index(["step", "reason"])
        arrived = ledger.loc[("panel rows", "rows in")]
        assert len(gone) + panel.sizes["row"] == arrived["rows"]
        assert float(gone["troops"].sum() + panel["troops"].sum()) == arrived["troops"]
        counted = gone["reason"].value_counts()
        for reason, count in counted.items():
            assert ledger.loc[("panel rows", reason), "rows"] == count


def test_rows_left_out_survive_the_file_and_pooling(tmp_path):
    parts = [build_panel({"operations": [name]}) for name in ("ISAF", "Iraq")]
    again = open_panel(save_panel(parts[0], tmp_path / "p.nc"))
    pd.testing.assert_frame_equal(left_out(again), left_out(parts[0]))
    whole = left_out(pool_panels(parts))
    pd.testing.assert_frame_equal(whole, pd.concat([left_out(part) for part in parts], ignore_index=True))


def test_treaties_after_the_end_of_their_source_are_said(shared_data, tmp_path):
    rows = ["Op,France,2020,Germany,100,complete,Mali"]
    (tmp_path / "t.csv").write_text(
        "operation,leader,year,state,troops,coverage,theatre\n" + "\n".join(rows) + "\n"
    )
    spec = {
        "source": "official", "operations": ["Op"], "years": [2020, 2020], "outcome": ["table"], "controls": [],
        "table": str(tmp_path / "t.csv"), "armed_forces": "nmc", "capabilities": "7.0",
    }  # fmt: skip
    (note,) = [n for n in said(spec, shared_data) if n.startswith("treaties")]
    assert "2020 lie after the end of the treaties' source (atop_v5/atop5_1m.csv, 2018)" in note


@pytest.mark.parametrize(
    ("years", "text"), [([], ""), ([2003], "2003"), ([2005, 2003.0, 2004, 2001], "2001, 2003 to 2005")]
)
def test_years_in_words(years, text):
    assert spans(years) == text


@pytest.mark.slow
def test_the_kept_years_are_those_of_the_registered_files(shared_data):
    kept, now = reach(), measure(shared_data)
    now["settings"] = now["settings"].map(json.loads)
    pd.testing.assert_frame_equal(kept[list(COLUMNS)], now[list(COLUMNS)], check_dtype=False)


def test_every_choice_that_the_spec_accepts_has_its_years():
    known = [setting for settings in reach()["settings"] for setting in settings.items()]
    for key in (
        "armed_forces",
        "capabilities",
        "economy",
        "un_release",
        "atop_version",
        "outcome",
        "similarity",
    ):
        assert {value for name, value in known if name == key} == set(values_of(key)), key
    assert choices_table()["variable"].nunique() > 15
    assert FILE.is_file()


def test_further_choices_do_not_offer_what_holds_already():
    spec = parse_spec({"source": "official", "armed_forces": "nmc", "capabilities": "6.0"})
    assert further(spec, "armed_forces", 2020)["settings"].tolist() == [
        {"armed_forces": "nmc", "capabilities": "7.0"}
    ]
    assert further(spec, "armed_forces", 2023).empty


def test_the_last_year_of_each_source_follows_the_spec():
    table = reach_of(PanelSpec.model_validate({"source": "official", "outcome": ["un", "iiss"]}))
    assert table["variable"].tolist()[:2] == ["troops", "troops"]
    assert table.set_index("variable").loc["armed_forces", "last_year"] == 2016
    assert set(table["variable"]) >= {"log_gdppc", "polyarchy", "treaties", "similarity"}


def test_an_error_that_speaks_of_the_ledger_has_written_it(tmp_path):
    spec = {"source": "bundled", "years": [2008, 2008]}
    file = tmp_path / "deep" / "ledger.csv"
    with pytest.raises(InputError, match=re.escape(f"see the ledger in {file}")):
        build_panel(spec, ledger_file=file)
    assert pd.read_csv(file)["reason"].iloc[0] == "rows in"


def test_a_panel_without_a_row_says_why_and_a_run_writes_the_ledger_into_its_folder(tmp_path, shared_data):
    panel = {**KFOR_2017, "years": [2017, 2017]}
    run = Run(RunSpec.model_validate({"name": "none", "panel": panel}), tmp_path, shared_data)
    with pytest.raises(InputError, match=r"no row left \(.*no figure for the armed forces") as caught:
        _ = run.stage("panel")
    file = tmp_path / "none" / "ledger.csv"
    assert str(file) in str(caught.value)
    reasons = pd.read_csv(file).set_index(["step", "reason"])["rows"]
    assert reasons["panel rows", "kept"] == 0


def test_a_run_keeps_the_notices_of_its_panel(tmp_path):
    spec = load_spec("bundled")
    first, again = Run(spec, tmp_path), Run(spec, tmp_path)
    assert first.stage("panel").about["notices"]
    assert again.stage("panel").cached
    assert [n.text for n in again.notices] == [n.text for n in panel_notices(spec.panel, first.panel)]
    kept = pd.read_csv(first.stage("panel") / "reach.csv")
    assert kept.set_index("variable").loc["armed_forces", "last_year"] == 2014


def test_the_codebook_of_a_panel_has_a_line_for_every_variable_and_control():
    panel = build_panel("bundled")
    table = variables(panel).set_index("variable")
    assert {*map(str, panel.data_vars)} - {"controls"} <= set(table.index)
    assert table.loc["log_gdppc", ["unit", "meaning"]].tolist() == [
        "log(constant USD)",
        "log of GDP per head",
    ]
    assert (table["meaning"] != "").all()


def test_a_state_effect_for_one_row_a_state_is_said_before_sampling_with_its_remedy():
    spec = load_spec("bundled")
    panel = build_panel(spec.panel)
    one = panel.isel(row=panel["row_year"].values == 2010)
    assert single_rows(spec.model, panel) == []
    (notice,) = single_rows(spec.model, one)
    assert f"each of {one.sizes['row']} states has one row" in notice.text
    assert "`state_effects = false` below `[model.contribution]`" in notice.text
    without = spec.model.contribution.model_copy(update={"state_effects": False})
    assert single_rows(spec.model.model_copy(update={"contribution": without}), one) == []


def test_names_of_variables_in_a_reason_are_code():
    assert coded("no log_gdppc") == "no `log_gdppc`"
    assert coded("no similarity (ideal_point)") == "no similarity (`ideal_point`)"
    assert coded("armed forces of zero") == "armed forces of zero"


def test_data_panel_says_all_of_it_without_sampling():
    text = CliRunner().invoke(app, ["data", "panel", "bundled"]).stdout
    assert text.startswith("Panel: 1,086 rows")
    assert "note: troops not in the fit: 45" in text
    assert "on a partial list" in text
    answer = json.loads(CliRunner().invoke(app, ["data", "panel", "bundled", "--format", "json"]).stdout)
    assert {note["kind"] for note in answer["notices"]} >= {"years not in the fit", "troops not in the fit"}
    assert {"variable": "armed_forces", "file": "armed_forces.csv", "first_year": 2001, "last_year": 2014,
            "asked_until": 2014} in answer["reach"]  # fmt: skip


def test_data_check_shows_the_last_year_of_each_source(tmp_path):
    (tmp_path / "empty").mkdir()
    command = ["data", "check", "--data", str(tmp_path / "empty")]
    text = CliRunner().invoke(app, command).stdout
    assert re.search(
        r'armed_forces +armed_forces = "nmc", capabilities = "7.0" +cow_nmc.csv +1816 +2022', text
    )
    answer = json.loads(
        CliRunner().invoke(app, [*command[:2], "bundled", *command[2:], "--format", "json"]).stdout
    )
    assert {row["variable"] for row in answer["reach"]} >= {"troops", "armed_forces", "similarity"}


def test_files_beside_the_spec_are_found_from_elsewhere(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "t.csv").write_text("x\n")
    (folder / "op.toml").write_text('[panel]\nsource = "official"\noutcome = ["table"]\ntable = "t.csv"\n')
    monkeypatch.chdir(tmp_path)
    for panel in (load_spec("mine/op.toml").panel, panel_spec("mine/op.toml")):
        assert panel.table == "mine/t.csv"
    (tmp_path / "t.csv").write_text("y\n")
    assert load_spec("mine/op.toml").panel.table == "t.csv"  # where the command runs comes first
