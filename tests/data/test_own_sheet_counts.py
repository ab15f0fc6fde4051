"""Counts on several sheets, and numbers of own variables: the same rules, each line named with its sheet."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from data.assembly.spec import parse_spec
from data.common.errors import InputError
from data.common.ledger import Ledger
from data.own.mapping import Mapping, read_mapping
from data.own.table import own_lists, read_table
from data.own.variables import own_variables
from data.readers.cells import Marks

HEADER = ["operation", "leader", "year", "state", "troops", "coverage"]
OWN = {
    "source": "official",
    "operations": ["Op"],
    "outcome": ["table"],
    "controls": [],
    "years": [2009, 2010],
}


def spec_of(folder, sheets, mapping=""):
    """A workbook with a sheet a key, all of them read, and its spec."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        for year, state, troops in rows:
            sheet.append(["Op", "France", year, state, troops, "complete"])
    book.save(folder / "rows.xlsx")
    (folder / "map.toml").write_text(f'sheet = "all"\n{mapping}\n', encoding="utf-8")
    return parse_spec({**OWN, "table": str(folder / "rows.xlsx"), "mapping": str(folder / "map.toml")})


def listed(spec, data):
    ledger = Ledger()
    lists = own_lists(spec, data, pd.DataFrame(index=["Op"]), ledger)
    ledger.finish("list entries from table", ledger.start("list entries from table", lists))
    ledger.to_json()
    return lists.set_index(["date", "ccode"])["troops"], ledger.as_frame()


def test_counts_of_two_sheets_that_cannot_be_read_are_named_with_sheet_and_row(tmp_path, shared_data):
    sheets = {
        "a": [(2009, "Italy", 5), (2009, "Chad", "3OO")],
        "b": [(2010, "Italy", 7), (2010, "Chad", "#REF!")],
    }
    with pytest.raises(InputError) as caught:
        listed(spec_of(tmp_path, sheets), shared_data)
    assert "rows.xlsx, sheet 'a', row 3, column 'troops'" in str(caught.value)
    assert "sheet 'a', row 3 '3OO', sheet 'b', row 3 '#REF!'" in str(caught.value)


def test_lines_without_a_number_on_rows_of_one_number_leave_one_by_one(tmp_path, shared_data):
    sheets = {
        "a": [(2009, "Italy", 5), (2009, "Chad", "some")],
        "b": [(2010, "Italy", "some"), (2010, "Chad", 9)],
    }
    troops, ledger = listed(spec_of(tmp_path, sheets), shared_data)
    assert troops.fillna(-1).tolist() == [5, -1, -1, 9]
    cells = ledger[ledger["step"] == "cells of one's own table"].set_index("reason")
    assert cells["rows"].to_dict() == {
        "rows in": 4, "sheet 'a', row 3: 'some'": 1, "sheet 'b', row 2: 'some'": 1, "kept": 2,
    }  # fmt: skip
    assert cells.loc["kept", "troops"] == 14


def test_a_line_that_stands_on_two_sheets_is_counted_as_declared(tmp_path, shared_data):
    sheets = {"a": [(2009, "Italy", 5)], "b": [(2009, "Chad", 1), (2009, "Italy", 5)]}
    with pytest.raises(
        InputError, match=r"sheet 'b', row 3: found the same as sheet 'a', row 2 in every column"
    ):
        listed(spec_of(tmp_path, sheets), shared_data)
    once, _ = listed(spec_of(tmp_path, sheets, 'repeated = "once"'), shared_data)
    twice, _ = listed(spec_of(tmp_path, sheets, 'repeated = "add"'), shared_data)
    assert (once.xs(325, level="ccode").item(), twice.xs(325, level="ccode").item()) == (5, 10)


def test_lines_that_differ_in_their_theatre_alone_are_two_contingents(tmp_path):
    path = tmp_path / "rows.csv"
    line = "Op,France,2009,Chad,100,complete"
    path.write_text(f"{','.join(HEADER)},theatre\n{line},Mali\n{line},Niger\n{line},Mali\n", encoding="utf-8")
    assert read_table(path, Mapping())["repeats"].tolist() == ["", "", "row 2"]


def test_a_state_in_a_year_without_it_is_refused_with_its_sheet(tmp_path, shared_data):
    sheets = {"a": [(2009, "Italy", 5)], "b": [(2010, "South Sudan", 5)]}
    with pytest.raises(InputError, match=r"sheet 'b', row 2, column 'state'.*2011-"):
        listed(spec_of(tmp_path, sheets), shared_data)


@pytest.mark.parametrize(
    ("text", "marks", "number"),
    [
        ("1.234,5", Marks(",", "."), 1234.5),
        ("-1 234,5", Marks(",", " "), -1234.5),
        ("\u221212", Marks(".", ","), -12.0),
        ("0,25", Marks(",", ""), 0.25),
        ("1.2e+06", Marks(".", ""), 1_200_000.0),
        ("1,5E3", Marks(",", ""), 1500.0),
    ],
)
def test_a_number_of_any_sign_is_read_by_the_declared_marks(text, marks, number):
    assert marks.number(text) == number


def variables(folder, cell, mapping):
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["state", "year", "gdp"])
    book.active.append(["Italy", 2009, cell])
    book.save(folder / "forces.xlsx")
    about = '[variables.trade]\ncolumn = "gdp"\nunit = "million USD"\nabout = "trade"\n'
    (folder / "forces.toml").write_text(f"{mapping}\n{about}", encoding="utf-8")
    spec = parse_spec(
        {
            **OWN,
            "outcome": ["iiss"],
            "variables": str(folder / "forces.xlsx"),
            "variables_mapping": str(folder / "forces.toml"),
        }
    )
    return own_variables(spec).table["trade"].tolist()


def test_numbers_of_own_variables_are_read_by_the_marks_of_their_mapping(tmp_path):
    assert variables(tmp_path, "1.234,5", 'decimal = ","') == [1234.5]
    assert variables(tmp_path, "5.000", 'thousands = "."') == [5000]
    with pytest.raises(InputError, match=r"row 2, column 'gdp'.*1\.234,5"):
        variables(tmp_path, "1.234,5", "")
    with pytest.raises(InputError, match=r"row 2, column 'gdp'.*#N/A"):
        variables(tmp_path, "#N/A", "")


def test_one_mark_for_both_is_refused_with_its_key(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text('decimal = ","\nthousands = ","\n')
    with pytest.raises(InputError, match=r"key 'thousands': found ','; expected decimal and thousands"):
        read_mapping(path)
