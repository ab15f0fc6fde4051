"""One's own armed forces, economy and covariates, and a third party's workbook of deployments from file to panel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from data.assembly.spec import parse_spec
from data.common.errors import InputError
from data.own.variables import own_variables
from data.panel import build_panel, left_out, panel_frame, panel_ledger
from data.variables.reach import reached
from workflows.run.digests import folder_digest

COVERED = [
    "ALB", "AUT", "BEL", "BGR", "CAN", "CHE", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GBR",
    "GRC", "HRV", "HUN", "IRL", "ITA", "LTU", "LUX", "LVA", "MKD", "MLT", "NLD", "NOR", "POL", "PRT", "ROU",
    "SVK", "SVN", "SWE",
]  # fmt: skip
YEARS = range(2013, 2019)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "own-operation.md"
MAP = """
sheet = "deployments"
codes = "iso3"
coverage = "file"
[columns]
operation = "mission name"
state = "ISO3"
troops = "deployed"
[constants]
leader = "FRA"
theatre = "MLI"
[operations]
"EUTM Mali" = "Training"
"""
FORCES = """
codes = "iso3"
[columns]
state = "ISO3"
[variables.armed_forces]
column = "active (thousands)"
unit = "persons"
scale = 1000
about = "active armed forces as the third party counts them"
[variables.trade]
column = "trade"
unit = "million USD"
about = "trade with the host"
"""


def sent(iso3: str, year: int, mission: str) -> int:
    """Invented troops: many states in one mission or another, about half of them in each year."""
    k = COVERED.index(iso3) + (0 if mission == "EUTM Mali" else 7)
    return (k * 13 + year) % 90 if (k + year) % 2 else 0


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    """States x years x missions in one sheet beside notes; armed forces in thousands in a second file."""
    folder = tmp_path_factory.mktemp("third")
    book = openpyxl.Workbook()
    book.active.title = "notes"
    book.active.append(["Compiled from national sources"])
    sheet = book.create_sheet("deployments")
    sheet.append(["year", "theatre", "ISO3", "organisation", "mission name", "deployed"])
    for year in YEARS:
        for mission in ("EUTM Mali", "Althea"):
            for iso3 in COVERED:
                if sent(iso3, year, mission):
                    sheet.append([year, mission, iso3, "EU", mission, sent(iso3, year, mission)])
    book.save(folder / "deployments.xlsx")
    forces = openpyxl.Workbook()
    forces.active.append(["ISO3", "year", "active (thousands)", "trade"])
    for year in YEARS:
        for k, iso3 in enumerate(COVERED):
            forces.active.append([iso3, year, 1.5 + k, 10 + k])
    forces.save(folder / "forces.xlsx")
    (folder / "map.toml").write_text(MAP, encoding="utf-8")
    (folder / "forces.toml").write_text(FORCES, encoding="utf-8")
    return folder


def spec_of(folder, **changes):
    return {
        "source": "official",
        "operations": ["Training"],
        "years": [2013, 2018],
        "outcome": ["table"],
        "table": str(folder / "deployments.xlsx"),
        "mapping": str(folder / "map.toml"),
        "armed_forces": "table",
        "variables": str(folder / "forces.xlsx"),
        "variables_mapping": str(folder / "forces.toml"),
        "controls": ["log_gdppc", "log_trade"],
        **changes,
    }


@pytest.fixture(scope="module")
def panel(workbook, shared_data):
    return build_panel(spec_of(workbook), shared_data, cache=False)


def test_a_third_partys_workbook_gives_every_year_and_only_the_states_it_covers(panel):
    assert len(COVERED) == 33
    frame = panel_frame(panel)
    assert sorted(frame["year"].unique()) == list(YEARS)
    assert frame.groupby("year")["state"].nunique().eq(32).all()  # 33 without the leader
    gone = left_out(panel)
    unknown = gone[gone["reason"] == "of a state that the list does not cover"]
    assert unknown["troops"].isna().all()
    assert {"Brazil", "United States", "Georgia"} <= set(unknown["state"])
    assert frame["troops"].eq(0).any()


def test_the_troops_of_the_workbook_are_those_of_panel_and_ledger(panel):
    total = sum(sent(iso3, year, m) for iso3 in COVERED for year in YEARS for m in ("EUTM Mali", "Althea"))
    training = sum(sent(iso3, year, "EUTM Mali") for iso3 in COVERED for year in YEARS)
    french = sum(sent("FRA", year, "EUTM Mali") for year in YEARS)
    ledger = panel_ledger(panel).set_index(["step", "reason"])["troops"]
    assert ledger["rows of one's own table", "rows in"] == total
    assert ledger["rows of one's own table", "kept"] == training
    assert ledger["panel rows", "leader of the operation"] == french
    assert ledger["panel rows", "kept"] == panel["troops"].sum() == training - french


def test_armed_forces_and_controls_are_the_users_with_unit_and_codebook_line(panel):
    frame = panel_frame(panel).set_index(["state", "year"])
    assert frame.loc[("Sweden", 2015), "armed_forces"] == (1.5 + COVERED.index("SWE")) * 1000
    assert frame.loc[("Sweden", 2015), "log_trade"] == pytest.approx(np.log(10 + COVERED.index("SWE")))
    words = json.loads(panel["controls"].attrs["words"])["log_trade"]
    assert words == {
        "units": "log(million USD)",
        "long_name": "log of: trade with the host",
        "source": "forces.xlsx",
    }
    assert panel["troops"].attrs["source"] == "deployments.xlsx"
    assert panel["casualties"].attrs["source"] == "none"
    forces = panel["armed_forces"].attrs
    assert forces["source"] == "forces.xlsx"
    assert forces["long_name"] == "active armed forces as the third party counts them"
    files = {entry["file"]: entry["variables"] for entry in json.loads(panel.attrs["provenance"])}
    assert files["forces.xlsx"] == "log_trade, armed_forces"
    assert {"deployments.xlsx", "map.toml", "forces.toml"} <= set(files)


def test_the_last_year_of_ones_own_sources_stands_with_the_others(workbook):
    table = reached(parse_spec(spec_of(workbook))).set_index("variable")
    assert table.loc["armed_forces", ["file", "last_year"]].tolist() == ["forces.xlsx", 2018]
    assert table.loc["troops", ["file", "last_year"]].tolist() == ["deployments.xlsx", 2018]
    assert table.loc["log_gdppc", "last_year"] == 2023


def test_a_changed_table_changes_the_key_of_what_is_made_of_it(workbook, tmp_path):
    for name in ("deployments.xlsx", "map.toml", "forces.xlsx", "forces.toml"):
        (tmp_path / name).write_bytes((workbook / name).read_bytes())
    spec = parse_spec(spec_of(tmp_path))
    before = folder_digest(None, spec)
    assert before == folder_digest(None, spec)
    assert before != folder_digest(None)
    for name in ("forces.xlsx", "forces.toml"):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"\n")
        after = folder_digest(None, spec)
        assert after != before
        before = after


def table(folder, text, mapping):
    (folder / "v.csv").write_text(text, encoding="utf-8")
    (folder / "v.toml").write_text(mapping, encoding="utf-8")
    own = {"variables": str(folder / "v.csv"), "variables_mapping": str(folder / "v.toml")}
    return parse_spec({"source": "official", **own, "years": [2009, 2011]})


ONE = '[variables.armed_forces]\ncolumn = "n"\nunit = "persons"\nabout = "active"\n'


def test_variables_without_years_hold_for_all_years(tmp_path):
    spec = table(tmp_path, "state,n\nGermany,1000\n", ONE)
    own = own_variables(spec).table.set_index(["ccode", "year"])["armed_forces"]
    assert own[255].to_dict() == {2009: 1000, 2010: 1000, 2011: 1000}
    with pytest.raises(InputError, match=r"row 2, column 'state'.*Ruritania"):
        own_variables(table(tmp_path, "state,n\nRuritania,5\n", ONE))


def test_an_empty_cell_is_missing_and_a_repeated_value_is_one(tmp_path):
    text = "state,year,n\nGermany,2009,1000\nGermany,2009,1000\nItaly,2009,\n"
    own = own_variables(table(tmp_path, text, ONE)).table.set_index("ccode")["armed_forces"]
    assert own[255] == 1000
    assert np.isnan(own[325])


@pytest.mark.parametrize(
    ("text", "mapping", "words"),
    [
        ("state,year,n\nGermany,2009,1000\nGermany,2009,900\n", ONE, ("row 3", "900", "1000", "row 2")),
        ("state,year,n\nGermany,2009,about half\n", ONE, ("row 2", "'n'", "about half")),
        ("state,year,n\nRuritania,2009,5\n", ONE, ("row 2", "Ruritania")),
        ("state,year,n\n,2009,5\n", ONE, ("row 2", "'state'", "empty")),
        ("state,year,m\nGermany,2009,5\n", ONE, ("'n'", "no such column among state, year, m")),
        ("state,year,n\nGermany,2009,5\n", ONE.replace("persons", "soldiers"), ("soldiers", '"persons"')),
        ("state,year,n\nGermany,2009,5\n", ONE.replace('about = "active"\n', ""), ("v.toml", "about")),
        ("state,year,n\nGermany,2009,5\n", ONE.replace("armed_forces", "polyarchy"), ("polyarchy", "own")),
        ("state,year,n\nGermany,2009,-5\n", ONE.replace('s"\n', 's"\nscale = 1000\n'), ("row 2", "-5")),
        ("state,year,n\nGermany,2009,5\n", 'codes = "name"\n', ("v.toml", "[variables]")),
    ],
)
def test_a_faulty_table_of_variables_is_refused_in_one_line(tmp_path, text, mapping, words):
    with pytest.raises(InputError) as caught:
        own_variables(table(tmp_path, text, mapping))
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_variable_that_the_spec_asks_for_and_no_table_gives_is_named(workbook, shared_data):
    with pytest.raises(InputError, match=r"no own variable 'population'.*armed_forces, trade"):
        build_panel(spec_of(workbook, economy="table", controls=["log_population"]), shared_data, cache=False)
    with pytest.raises(InputError, match=r"'log_trad'.*log_trade"):
        build_panel(spec_of(workbook, controls=["log_trad"]), shared_data, cache=False)


def test_ones_own_economy_gives_the_economic_controls(tmp_path, workbook, shared_data):
    mapping = 'codes = "iso3"\n[columns]\nstate = "ISO3"\n' + "".join(
        f'[variables.{name}]\ncolumn = "{name}"\nunit = "{unit}"\nabout = "{name} of mine"\nscale = {scale}\n'
        for name, unit, scale in (
            ("gdp", "2020 EUR", 1e6),
            ("population", "persons", 1000),
            ("armed_forces", "persons", 1),
        )
    )
    rows = [
        f"{iso3},{year},{1000 + k},{200 + k},{5000 + k}" for k, iso3 in enumerate(COVERED) for year in YEARS
    ]
    (tmp_path / "v.csv").write_text("ISO3,year,gdp,population,armed_forces\n" + "\n".join(rows) + "\n")
    (tmp_path / "v.toml").write_text(mapping)
    own = {
        "variables": str(tmp_path / "v.csv"),
        "variables_mapping": str(tmp_path / "v.toml"),
        "economy": "table",
    }
    panel = build_panel(
        spec_of(workbook, **own, controls=["log_gdppc", "log_population"]), shared_data, cache=False
    )
    row = panel_frame(panel).set_index(["state", "year"]).loc[("Sweden", 2015)]
    k = COVERED.index("SWE")
    assert row["log_population"] == pytest.approx(np.log((200 + k) * 1000))
    assert row["log_gdppc"] == pytest.approx(np.log((1000 + k) * 1e6 / ((200 + k) * 1000)))
    words = json.loads(panel["controls"].attrs["words"])
    assert words["log_gdppc"]["units"] == "log(2020 EUR a head)"
    assert words["log_population"]["source"] == "v.csv"


def test_variables_may_stand_in_the_table_of_contributions(tmp_path, shared_data):
    (tmp_path / "t.csv").write_text(
        "operation,leader,year,state,troops,coverage,theatre,army\n"
        "Op,France,2009,Germany,100,complete,Mali,250000\nOther,France,2009,Germany,10,complete,Chad,250000\n"
    )
    (tmp_path / "m.toml").write_text(ONE.replace('"n"', '"army"'))
    keys = {"table": str(tmp_path / "t.csv"), "mapping": str(tmp_path / "m.toml"), "armed_forces": "table"}
    spec = {
        "source": "official",
        "operations": ["Op"],
        "outcome": ["table"],
        "controls": [],
        "years": [2009, 2009],
    }
    frame = panel_frame(build_panel({**spec, **keys}, shared_data, cache=False))
    assert frame[["state", "troops", "armed_forces"]].to_numpy().tolist() == [["Germany", 100.0, 250000.0]]


def test_the_page_on_ones_own_operation_is_enough_as_it_is_written(tmp_path, shared_data, monkeypatch):
    """The files of docs/own-operation.md, cut out of the page, beside tables with the columns that it names."""
    blocks = re.findall(r"```toml\n# ([\w.]+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [name for name, _ in blocks] == ["map.toml", "forces.toml", "serval.toml"]
    for name, text in blocks:
        (tmp_path / name).write_text(text, encoding="utf-8")
    deployments, forces = openpyxl.Workbook(), openpyxl.Workbook()
    deployments.active.append(["year", "theatre", "ISO3", "organisation", "mission name", "deployed"])
    forces.active.append(["ISO3", "year", "active (thousands)", "trade"])
    for year in (2013, 2014):
        for k, iso3 in enumerate(COVERED):
            mission = "Opération Serval" if k % 3 else "Althea"
            deployments.active.append([year, "Mali", iso3, "", mission, 5 + k])
            forces.active.append([iso3, year, 20.5, 3 + k])
    deployments.save(tmp_path / "deployments.xlsx")
    forces.save(tmp_path / "forces.xlsx")
    monkeypatch.chdir(tmp_path)
    panel = build_panel("serval.toml", shared_data, cache=False)
    assert panel.sizes["row"] == 64
    assert panel["troops"].sum() == 2 * sum(
        5 + k for k, code in enumerate(COVERED) if k % 3 and code != "FRA"
    )
