"""Bring your own operation: the long table and the mapping of other people's column names."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.own.mapping import Mapping, read_mapping
from data.own.table import read_table
from data.panel import build_panel, panel_frame, panel_ledger

MAPPING = """
codes = "iso3"
[columns]
operation = "mission name"
state = "ISO3"
troops = "deployed"
[constants]
leader = "FRA"
coverage = "complete"
theatre = "MLI"
[operations]
"Opération Serval" = "Serval"
"""


@pytest.fixture
def workbook(tmp_path):
    table = pd.DataFrame(
        {
            "year": [2013, 2013, 2013, 2013, 2014],
            "theatre": ["Mali"] * 5,
            "ISO3": ["FRA", "TCD", "TCD", "GBR", "EST"],
            "organisation": ["France"] * 5,
            "mission name": ["Opération Serval"] * 5,
            "deployed": ["4,000", "2,000", "250", "some", "50"],
        }
    )
    path = tmp_path / "deployments.csv"
    table.to_csv(path, index=False)
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    return path


def test_a_deployments_workbook_loads_with_a_mapping_and_no_code(workbook, shared_data):
    spec = {
        "source": "official",
        "operations": ["Serval"],
        "outcome": ["table"],
        "table": str(workbook),
        "mapping": str(workbook.with_name("map.toml")),
    }
    panel = build_panel(spec, shared_data)
    frame = panel_frame(panel).set_index(["year", "state"])
    assert frame.loc[(2013, "Chad"), "troops"] == 2250  # two lines, added up
    assert frame.loc[(2014, "Estonia"), "troops"] == 50
    assert frame.loc[(2013, "Brazil"), "troops"] == 0
    assert set(panel["row_leader"].to_numpy()) == {220}
    assert "Mali" not in set(panel["state"].to_numpy())
    ledger = panel_ledger(panel).set_index(["step", "reason"])["rows"]
    assert ledger["panel rows", "troops not known"] == 1  # "some" British soldiers are not zero


def write_xlsx(path, frame):
    """The smallest workbook that readers accept: one sheet of text and numbers."""
    ooxml, package = "http://schemas.openxmlformats.org", "http://schemas.openxmlformats.org/package/2006"
    office = f"{ooxml}/officeDocument/2006/relationships"
    main = f'xmlns="{ooxml}/spreadsheetml/2006/main"'
    rows = []
    for values in [frame.columns, *frame.itertuples(index=False)]:
        cells = [
            f"<c><v>{value}</v></c>"
            if not isinstance(value, str)
            else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
            for value in values
        ]
        rows.append(f"<row>{''.join(cells)}</row>")
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
        '<sheet name="data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{''.join(rows)}</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)


def test_an_excel_workbook_reads_like_the_csv(workbook, tmp_path):
    mapping = read_mapping(workbook.with_name("map.toml"))
    path = tmp_path / "deployments.xlsx"
    write_xlsx(path, pd.read_csv(workbook))
    pd.testing.assert_frame_equal(read_table(path, mapping), read_table(workbook, mapping))


def test_states_may_be_names_iso_or_correlates_of_war_codes(tmp_path):
    path = tmp_path / "t.csv"
    for codes, states in {
        "name": ("South Korea", "Burma"),
        "iso3": ("KOR", "MMR"),
        "cow": ("732", "775"),
    }.items():
        rows = [f"X,{states[0]},2005-03-01,{state},10,complete" for state in states]
        path.write_text("operation,leader,date,state,troops,coverage\n" + "\n".join(rows) + "\n")
        table = read_table(path, Mapping(codes=codes))
        assert table["ccode"].tolist() == [732, 775]
        assert table["leader"].tolist() == [732, 732]


HEADER = "operation,leader,year,state,troops,coverage\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("operation,leader,year,state,coverage\nX,France,2010,Chad,complete\n", ("'troops'",)),
        ("operation,leader,state,troops,coverage\nX,France,Chad,5,complete\n", ("year",)),
        (HEADER + "X,France,2010,Ruritania,5,complete\n", ("row 2", "Ruritania", "state")),
        (HEADER + "X,France,2010,Chad,-5,complete\n", ("row 2", "-5", "troops")),
        (HEADER + "X,France,2010,Chad,5,mostly\n", ("row 2", "mostly", "partial")),
        (HEADER + "X,France,soon,Chad,5,complete\n", ("row 2", "soon", "year")),
        (HEADER + "X,France,2010,,5,complete\n", ("row 2", "empty", "state")),
        (HEADER + "X,France,2010,Chad,5\n", ("row 2", "5 fields")),
    ],
)
def test_a_faulty_table_is_refused_in_one_line(tmp_path, text, words):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_table(path, Mapping())
    assert "\n" not in str(caught.value)
    for word in ("table.csv", *words):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("codes = 'latin'", "codes"),
        ("[columns]\nsoldiers = 'n'", "soldiers"),
        ("codes = ", "TOML"),
        ("x = 1", "x"),
    ],
)
def test_a_faulty_mapping_is_refused(tmp_path, text, word):
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=word):
        read_mapping(path)


def test_counts_that_cannot_be_read_stay_unknown(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(HEADER + 'X,France,2010,Chad,some,complete\nX,France,2010,Mali,"9,500",complete\n')
    troops = read_table(path, Mapping())["troops"]
    assert np.isnan(troops.iloc[0])
    assert troops.iloc[1] == 9500
