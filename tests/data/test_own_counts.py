"""Counts in one's own table: read whole, by a declared rule, or named with their line; sums are never smaller."""

from __future__ import annotations

import io
import math

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.assembly.added_up import finish_by_name, repeats, totals, with_unread_lines_unknown
from data.assembly.spec import panel_spec
from data.common.errors import InputError
from data.common.ledger import Ledger
from data.own.mapping import Mapping
from data.own.table import own_lists, read_table
from data.panel import build_panel, panel_frame, panel_ledger
from data.readers.excel_errors import error_cells
from data.readers.files import load

HEADER = "operation,leader,year,state,troops,coverage,theatre\n"


def spec_of(tmp_path, rows, mapping="", leader="France", year=2009):
    lines = [f'Op,{leader},{year},{state},"{troops}",complete,Mali' for state, troops in rows]
    (tmp_path / "rows.csv").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    return {
        "source": "official",
        "operations": ["Op"],
        "years": [year, year],
        "outcome": ["table"],
        "controls": [],
        "table": str(tmp_path / "rows.csv"),
        "mapping": str(tmp_path / "map.toml"),
    }


def lists_of(tmp_path, shared_data, rows, mapping=""):
    """Troops by code from the list, and the ledger."""
    spec = panel_spec(spec_of(tmp_path, rows, mapping))
    ledger = Ledger()
    lists = own_lists(spec, shared_data, pd.DataFrame(index=["Op"]), ledger)
    return lists.set_index("ccode")["troops"], ledger.as_frame()


CONTINENTAL = [("Germany", "5.000"), ("Spain", "12.000"), ("Italy", "1.200")]


def test_a_point_as_thousands_is_refused_with_every_line(tmp_path, shared_data):
    with pytest.raises(
        InputError, match=r"row 2 '5\.000', row 3 '12\.000', row 4 '1\.200'.*thousands"
    ) as caught:
        build_panel(spec_of(tmp_path, CONTINENTAL), shared_data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mapping", ['thousands = "."', 'decimal = ","'])
def test_a_declared_point_gives_the_thousands(tmp_path, shared_data, mapping):
    frame = panel_frame(build_panel(spec_of(tmp_path, CONTINENTAL, mapping), shared_data)).set_index("state")
    assert frame.loc[["Germany", "Spain", "Italy"], "troops"].tolist() == [5000, 12000, 1200]


def test_a_sum_with_an_unread_line_is_unknown(tmp_path, shared_data):
    rows = [("Germany", "1000"), ("Germany", "some"), ("Italy", "500")]
    panel = build_panel(spec_of(tmp_path, rows), shared_data)
    frame = panel_frame(panel).set_index("state")
    assert "Germany" not in frame.index
    assert frame.loc["Italy", "troops"] == 500
    ledger = panel_ledger(panel)
    assert (ledger["reason"] == "row 3: 'some'").any()
    beside = ledger[ledger["reason"] == "beside a line of the same contingent without a number"]
    assert (beside["rows"].item(), beside["troops"].item()) == (1, 1000)


ODD = [
    ("Chad", "2,000"),
    ("Chad", "3OO"),
    ("Germany", "12.5"),
    ("Belgium", "1,2000"),
    ("Spain", "about 40"),
    ("Italy", "120"),
    ("Poland", "-"),
    ("Senegal", "350 approx"),
]


def test_every_count_that_cannot_be_read_is_named_with_its_line(tmp_path, shared_data):
    with pytest.raises(InputError) as caught:
        build_panel(spec_of(tmp_path, ODD), shared_data)
    for line, cell in ((3, "3OO"), (4, "12.5"), (5, "1,2000"), (6, "about 40"), (8, "-"), (9, "350 approx")):
        assert f"row {line} {cell!r}" in str(caught.value)


def test_states_with_unread_counts_are_unknown_where_declared_so(tmp_path, shared_data):
    panel = build_panel(spec_of(tmp_path, ODD, 'unread = "unknown"'), shared_data)
    frame, reasons = panel_frame(panel).set_index("state"), set(panel_ledger(panel)["reason"])
    assert not {"Chad", "Germany", "Belgium", "Spain", "Poland", "Senegal"} & set(frame.index)
    assert frame["troops"].sum() == 120
    assert {"row 3: '3OO'", "row 4: '12.5'", "row 8: '-'"} <= reasons


@pytest.mark.parametrize(
    "cell", ["10k", "50 %", "2m", "$500", "1.400", "~300", "1 FF", "#REF!", "?", "1,23,456"]
)
def test_a_cell_that_is_not_plainly_a_count_is_refused(tmp_path, shared_data, cell):
    with pytest.raises(InputError, match=r"row 3, column 'troops'.*cannot be read"):
        lists_of(tmp_path, shared_data, [("Italy", "5"), ("Chad", cell)])


@pytest.mark.parametrize("cell", ["-1,400", "-5", "−5", "–5"])
def test_a_negative_count_is_refused(tmp_path, shared_data, cell):
    with pytest.raises(InputError, match="zero or more persons"):
        lists_of(tmp_path, shared_data, [("Chad", cell)])


@pytest.mark.parametrize("cell", ["", "NA", "some", "n.k.", "FF"])
def test_a_word_says_that_no_number_is_stated_and_is_named(tmp_path, shared_data, cell):
    troops, ledger = lists_of(tmp_path, shared_data, [("Italy", "5"), ("Chad", cell)])
    assert troops.loc[325] == 5
    assert math.isnan(troops.loc[483])
    assert ledger["reason"].str.startswith("row 3: ").sum() == 1


def test_a_line_that_repeats_another_is_refused_or_dealt_with_as_declared(tmp_path, shared_data):
    rows = [("Chad", "100"), ("Italy", "5"), ("Chad", "100")]
    with pytest.raises(InputError, match="row 4: found the same as row 2 in every column"):
        lists_of(tmp_path, shared_data, rows)
    once, ledger = lists_of(tmp_path, shared_data, rows, 'repeated = "once"')
    assert once.loc[483] == 100
    assert ledger.set_index("reason").loc["repeats another line in every column", "troops"] == 100
    assert lists_of(tmp_path, shared_data, rows, 'repeated = "add"')[0].loc[483] == 200


def test_lines_that_differ_in_any_column_are_contingents_and_are_added_up(tmp_path, shared_data):
    rows = [("Chad", "100"), ("Chad", "101")]
    assert lists_of(tmp_path, shared_data, rows)[0].loc[483] == 201
    spec = panel_spec(spec_of(tmp_path, []))
    (tmp_path / "rows.csv").write_text(
        HEADER.replace("theatre", "unit")
        + "Op,France,2009,Chad,100,complete,1st\nOp,France,2009,Chad,100,complete,2nd\n"
    )
    lists = own_lists(spec, shared_data, pd.DataFrame(index=["Op"]), Ledger())
    assert lists["troops"].tolist() == [200]


def test_one_mark_cannot_be_both():
    with pytest.raises(ValueError, match="one mark"):
        Mapping(decimal=",", thousands=",")


def workbook(cells):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["operation", "leader", "year", "state", "troops", "coverage"])
    for state, troops in cells:
        sheet.append(["Op", "France", 2009, state, troops, "complete"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


EXCEL_ERRORS = ["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]


def test_the_error_cells_of_a_workbook_are_seen_where_they_stand(tmp_path):
    cells = [("Italy", 5), *(("Chad", error) for error in EXCEL_ERRORS), ("Spain", 7)]
    blob = workbook(cells)
    assert error_cells(blob) == {(row, 4): error for row, error in enumerate(EXCEL_ERRORS, start=2)}
    assert error_cells(b"an old workbook") == {}
    path = tmp_path / "rows.xlsx"
    path.write_bytes(blob)
    assert load(path).columns["troops"].tolist() == [5, *EXCEL_ERRORS, 7]
    table = read_table(path, Mapping())
    assert table["unread"].tolist() == ["", *(repr(error) for error in EXCEL_ERRORS), ""]


def test_an_error_cell_in_a_sum_is_refused_with_its_line(tmp_path, shared_data):
    (tmp_path / "rows.xlsx").write_bytes(workbook([("Chad", 100), ("Chad", "#REF!")]))
    spec = panel_spec({**spec_of(tmp_path, []), "table": str(tmp_path / "rows.xlsx")})
    with pytest.raises(InputError, match=r"rows\.xlsx, row 3, column 'troops'.*#REF!"):
        own_lists(spec, shared_data, pd.DataFrame(index=["Op"]), Ledger())


STATES = {"Chad": 483, "Italy": 325, "Spain": 230, "Canada": 20}
MARKS = {
    'thousands = ","': [","],
    'thousands = "."': ["."],
    'thousands = " "': [" ", "\u00a0", "\u202f"],
    'thousands = "\'"': ["'", "’"],
    "": [",", " ", "\u00a0", "\u202f", "'", "’"],
}
LINES = st.lists(
    st.tuples(st.sampled_from(list(STATES)), st.none() | st.integers(0, 900_000)), min_size=1, max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.sampled_from(list(MARKS)), st.data())
def test_troops_balance_from_any_table_to_its_list(tmp_path, shared_data, lines, mapping, data):
    mark = data.draw(st.sampled_from(MARKS[mapping]))
    rows = [(state, "some" if n is None else f"{n:,}".replace(",", mark)) for state, n in lines]
    troops, ledger = lists_of(tmp_path, shared_data, rows, f'repeated = "add"\n{mapping}')
    for state, code in STATES.items():
        said = [n for name, n in lines if name == state]
        if said:
            assert math.isnan(troops[code]) if None in said else troops[code] == sum(said)
    own = ledger[ledger["step"] == "rows of one's own table"].set_index("reason")["troops"].fillna(0)
    assert own["rows in"] == sum(n or 0 for _, n in lines)
    assert own["rows in"] == own.drop("rows in").sum()
    assert own["kept"] == troops.fillna(0).sum()


def test_official_lines_are_added_up_by_the_same_rule():
    rows = pd.DataFrame({"k": [1, 1, 2, 2], "troops": [5.0, math.nan, 3.0, 4.0]}, index=[7, 8, 9, 10])
    ledger = Ledger()
    kept = with_unread_lines_unknown(ledger.start("s", rows), ["k"], ledger, "s")
    lines = [f"row {line}" for line in kept.index]
    finish_by_name(kept, lines, ["'FF'"] * len(kept), ledger, "s", "cells", into="entries")
    ledger.finish("entries", ledger.start("entries", totals(kept, ["k"])))
    ledger.to_json()
    assert kept.index.tolist() == [8, 9, 10]
    assert totals(kept, ["k"])["troops"].fillna(-1).tolist() == [-1, 7]
    assert "row 8: 'FF'" in set(ledger.as_frame()["reason"])
    again = pd.DataFrame({"a": [1, 1, 2], "b": [None, None, "x"]}, index=[4, 5, 6])
    assert repeats(again, ["a", "b"]).tolist() == [0, 4, 0]


def test_france_in_2002_is_not_known_because_one_of_its_rows_has_no_number(shared_data):
    panel = build_panel(
        {"source": "official", "operations": ["Afghanistan"], "outcome": ["iiss"], "years": [2002, 2003]},
        shared_data,
    )
    frame, ledger = panel_frame(panel), panel_ledger(panel)
    assert frame[(frame["state"] == "France")]["year"].tolist() == [2003]
    assert (ledger["reason"] == "row 33: France, an empty cell: not read").any()
