"""Lists that cover some states, workbooks of several sheets, merged cells: of what is not covered nothing is known."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.assembly.lists import COLUMNS, PANEL_ROWS, outcome_of
from data.assembly.spec import parse_spec
from data.common.errors import InputError
from data.common.ledger import Ledger, ledger_frame
from data.own.coverage import covered_states
from data.own.mapping import Mapping, read_mapping
from data.own.table import own_coverage, own_lists, read_table
from data.panel import build_panel, left_out, panel_frame, panel_ledger

HEADER = "operation,leader,year,state,troops,coverage,theatre\n"
OWN = {"source": "official", "operations": ["Op"], "outcome": ["table"], "controls": []}


def write(folder, rows, mapping=None, name="rows.csv"):
    """A table and its mapping; returns the keys of a spec that name them."""
    (folder / name).write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    keys = {"table": str(folder / name)}
    if mapping is not None:
        (folder / "map.toml").write_text(mapping, encoding="utf-8")
        keys["mapping"] = str(folder / "map.toml")
    return keys


def workbook(path, sheets, merge=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    book.save(path)
    return path


COLUMN_NAMES = HEADER.strip().split(",")
ROW_2009 = ["Op", "France", 2009, "Germany", 1000, "complete", "Mali"]
ROW_2010 = ["Op", "France", 2010, "Italy", 500, "complete", "Mali"]


def test_a_partial_row_on_a_complete_list_is_an_error_with_its_row_and_column(tmp_path):
    keys = write(
        tmp_path, ["Op,France,2009,Germany,1000,complete,Mali", "Op,France,2009,Italy,500,partial,Mali"]
    )
    with pytest.raises(InputError, match=r"row 3, column 'coverage'.*Op, 2009.*complete"):
        read_table(keys["table"], Mapping())


def test_lists_of_two_years_may_differ_in_coverage(tmp_path):
    keys = write(
        tmp_path, ["Op,France,2009,Germany,1000,complete,Mali", "Op,France,2010,Italy,500,partial,Mali"]
    )
    assert read_table(keys["table"], Mapping())["coverage"].tolist() == ["complete", "partial"]


def test_a_partial_row_contradicts_a_mapping_that_says_complete(tmp_path):
    keys = write(tmp_path, ["Op,France,2009,Italy,500,partial,Mali"])
    for mapping in (Mapping(constants={"coverage": "complete"}), Mapping(coverage="file")):
        with pytest.raises(InputError, match=r"row 2, column 'coverage'.*partial"):
            read_table(keys["table"], mapping)


@pytest.mark.parametrize(
    ("coverage", "covered", "unknown"),
    [
        ('"file"', {"Germany", "Italy", "Spain"}, {"Poland", "Brazil"}),
        ('"those in the file"', {"Germany", "Italy", "Spain"}, {"Poland"}),
        ('"year"', {"Germany", "Italy"}, {"Spain", "Poland"}),
        ('["Germany", "Italy", "Poland"]', {"Germany", "Italy", "Poland"}, {"Spain", "Brazil"}),
    ],
)
def test_states_that_a_list_does_not_cover_are_unknown_not_zero(
    tmp_path, shared_data, coverage, covered, unknown
):
    rows = [
        "Op,France,2009,Germany,1000,complete,Mali",
        "Another,France,2009,Italy,7,complete,Chad",
        "Op,France,2010,Spain,30,complete,Mali",
    ]
    keys = write(tmp_path, rows, f"coverage = {coverage}\n")
    panel = build_panel({**OWN, **keys, "years": [2009, 2009]}, shared_data, cache=False)
    troops = panel_frame(panel).set_index("state")["troops"]
    assert set(troops.index) == covered
    assert troops["Germany"] == 1000
    assert (troops.drop("Germany") == 0).all()
    gone = left_out(panel).set_index("state")
    for state in unknown:
        assert gone.loc[state, "reason"] == "of a state that the list does not cover"
        assert np.isnan(gone.loc[state, "troops"])


def test_a_column_may_name_the_states_that_each_list_covers(tmp_path):
    rows = ["Op,France,2009,Germany,10,Germany; Italy,Mali", "Op,France,2010,Germany,10,Germany; Spain,Mali"]
    keys = write(tmp_path, rows, 'coverage = { column = "coverage" }\n')
    covers = own_coverage(parse_spec({**OWN, **keys}))
    by_year = covers.groupby(covers["date"].dt.year)["ccode"].agg(set).to_dict()
    assert by_year == {2009: {255.0, 325.0}, 2010: {255.0, 230.0}}


def test_troops_of_a_state_outside_the_coverage_leave_by_name(tmp_path, shared_data):
    rows = ["Op,France,2009,Germany,1000,complete,Mali", "Op,France,2009,Spain,30,complete,Mali"]
    keys = write(tmp_path, rows, 'coverage = ["Germany"]\n')
    panel = build_panel({**OWN, **keys, "years": [2009, 2009]}, shared_data, cache=False)
    ledger = panel_ledger(panel).set_index(["step", "reason"])["troops"]
    assert ledger["list entries from table", "of a state that the list does not cover"] == 30
    assert panel["troops"].sum() == 1000


def test_coverage_follows_a_state_through_its_codes():
    table = pd.DataFrame({
        "operation": "Op", "date": pd.to_datetime(["1985-07-01", "1995-07-01"]), "written": ["Germany", "Kosovo"],
    })  # fmt: skip
    code = {("Germany", 1985): 260.0, ("Germany", 1995): 255.0}
    covers = covered_states(table, "file", lambda state, year: code.get((state, year), np.nan))
    assert list(zip(covers["date"].dt.year, covers["ccode"], strict=True)) == [(1985, 260.0), (1995, 255.0)]


def test_a_misspelt_state_of_a_coverage_is_an_error(tmp_path):
    keys = write(tmp_path, ["Op,France,2009,Germany,1000,complete,Mali"], 'coverage = ["Germny"]\n')
    with pytest.raises(InputError, match=r"Germny"):
        own_coverage(parse_spec({**OWN, **keys}))


@pytest.mark.parametrize("coverage", ['"some"', "3", '{ colum = "x" }'])
def test_a_coverage_that_is_none_says_what_there_is(tmp_path, coverage):
    (tmp_path / "map.toml").write_text(f"coverage = {coverage}\n")
    with pytest.raises(InputError, match=r"map.toml, key 'coverage'.*\"file\""):
        read_mapping(tmp_path / "map.toml")


def test_several_filled_sheets_need_a_choice(tmp_path):
    path = workbook(
        tmp_path / "t.xlsx",
        {"2009": [COLUMN_NAMES, ROW_2009], "2010": [COLUMN_NAMES, ROW_2010], "empty": []},
    )
    with pytest.raises(InputError, match=r"t.xlsx: found 2 sheets: '2009', '2010'; expected .*sheet ="):
        read_table(path, Mapping())
    assert read_table(path, Mapping(sheet="2010"))["troops"].tolist() == [500]
    both = read_table(path, Mapping(sheet="all"))
    assert both[["sheet", "troops"]].to_numpy().tolist() == [["2009", 1000.0], ["2010", 500.0]]
    assert read_table(path, Mapping(sheet=("2010", "2009")))["troops"].tolist() == [500, 1000]
    with pytest.raises(InputError, match=r"no sheet '2011'.*'2009', '2010'"):
        read_table(path, Mapping(sheet="2011"))


def test_one_filled_sheet_needs_none(tmp_path):
    path = workbook(tmp_path / "t.xlsx", {"empty": [], "rows": [COLUMN_NAMES, ROW_2009]})
    assert read_table(path, Mapping())["troops"].tolist() == [1000]


def test_the_names_of_sheets_may_be_years_and_each_may_have_constants(tmp_path):
    short = ["operation", "state", "troops"]
    sheets = {"2009": [short, ["Op", "Germany", 1000]], "2010": [short, ["Op", "Italy", 500]]}
    path = workbook(tmp_path / "t.xlsx", sheets)
    mapping = Mapping(
        sheet="all",
        sheet_is="year",
        constants={"leader": "France", "coverage": "complete"},
        sheets={"2010": {"leader": "Spain"}},
    )
    table = read_table(path, mapping)
    assert table["date"].dt.year.tolist() == [2009, 2010]
    assert table["leader"].tolist() == [220, 230]


def test_an_error_in_a_sheet_names_the_sheet_and_its_row(tmp_path):
    wrong = ["Op", "France", 2010, "Ruritania", 5, "complete", "Mali"]
    path = workbook(tmp_path / "t.xlsx", {"2009": [COLUMN_NAMES, ROW_2009], "2010": [COLUMN_NAMES, wrong]})
    with pytest.raises(InputError, match=r"t.xlsx, sheet '2010', row 2, column 'state'.*Ruritania"):
        read_table(path, Mapping(sheet="all"))


def test_sheets_of_a_csv_file_are_an_error(tmp_path):
    keys = write(tmp_path, ["Op,France,2009,Germany,1000,complete,Mali"])
    with pytest.raises(InputError, match=r"no sheets"):
        read_table(keys["table"], Mapping(sheet="all"))


@pytest.mark.parametrize("column", ["operation", "leader", "year", "state", "coverage"])
def test_a_blank_below_a_merged_cell_is_an_error_with_row_and_column(tmp_path, column):
    place = COLUMN_NAMES.index(column)
    second = ["Op", "France", 2009, "Italy", 500, "complete", "Mali"]
    letter = "ABCDEFG"[place]
    path = workbook(
        tmp_path / "t.xlsx", {"rows": [COLUMN_NAMES, ROW_2009, second]}, merge=f"{letter}2:{letter}3"
    )
    with pytest.raises(InputError, match=rf"row 3, column '{column}': found an empty cell.*merged cell"):
        read_table(path, Mapping())


def test_rows_and_columns_without_a_filled_cell_are_passed_over(tmp_path):
    rows = [[None] * 7, [*COLUMN_NAMES, None], [None] * 7, [*ROW_2009, None]]
    path = workbook(tmp_path / "t.xlsx", {"rows": rows})
    table = read_table(path, Mapping())
    assert table.index.tolist() == [4]
    csv = write(tmp_path, ["Op,France,2009,Germany,1000,complete,Mali", ",,,,,,", " ,,,,,,"])["table"]
    assert len(read_table(csv, Mapping())) == 1


def test_two_columns_of_one_name_in_a_workbook_are_an_error(tmp_path):
    rows = [[*COLUMN_NAMES, "troops"], [*ROW_2009, 7]]
    with pytest.raises(InputError, match=r"row 1: found the header 'troops' twice"):
        read_table(workbook(tmp_path / "t.xlsx", {"rows": rows}), Mapping())


def test_a_contingent_with_a_line_without_a_number_is_unknown_and_the_ledger_keeps_its_persons(
    tmp_path, shared_data
):
    rows = [
        "Op,France,2009,Germany,1000,complete,Mali",
        "Op,France,2009,Germany,some,complete,Mali",
        "Op,France,2009,Italy,500,complete,Mali",
    ]
    panel = build_panel({**OWN, **write(tmp_path, rows), "years": [2009, 2009]}, shared_data, cache=False)
    assert "Germany" not in set(panel["state"].to_numpy())
    gone = left_out(panel).set_index("state")
    assert gone.loc["Germany", "reason"] == "troops not known"
    ledger = panel_ledger(panel).set_index(["step", "reason"])["troops"]
    beside = "beside a line of the same contingent without a number"
    assert ledger["rows of one's own table", beside] == 1000


# Generated tables: lines of some states over years and operations, some without a number, some outside the system.
STATES = pd.DataFrame({"ccode": [2.0, 20.0, 200.0, 220.0, 255.0], "first": 1900.0, "last": 9999.0})
NAMES = {
    2: "United States",
    20: "Canada",
    200: "United Kingdom",
    220: "France",
    255: "Germany",
    0: "Somaliland",
}
line = st.tuples(
    st.sampled_from(["Op", "Other"]),
    st.integers(2000, 2004),
    st.sampled_from(sorted(NAMES)),
    st.one_of(st.integers(0, 40_000).map(str), st.just("some")),
)
COVERAGES = st.one_of(
    st.sampled_from(["complete", "file", "year"]),
    st.lists(st.sampled_from(sorted(NAMES.values())), min_size=1, unique=True).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(line, min_size=1, max_size=25, unique=True),
    coverage=COVERAGES,
    rule=st.sampled_from(["nearest_mid_year", "last", "mean", "max", "median"]),
)
def test_troops_balance_from_the_file_to_the_rows_whatever_a_list_covers(
    tmp_path_factory, shared_data, lines, coverage, rule
):
    folder = tmp_path_factory.mktemp("own")
    # Somaliland is no state of the system: its lines leave by name.
    rows = [f"{op},France,{year},{NAMES[code]},{troops},complete,Mali" for op, year, code, troops in lines]
    said = f'"{coverage}"' if isinstance(coverage, str) else str(list(coverage)).replace("'", '"')
    spec = parse_spec({**OWN, **write(folder, rows, f"coverage = {said}\n"), "years": [2000, 2003]})
    ledger = Ledger()
    lists = own_lists(spec, shared_data, pd.DataFrame(index=["Op"]), ledger)
    step = "list entries from table"
    try:
        covers = own_coverage(spec)
    except InputError:  # a state in no year of the file
        assert "Somaliland" in coverage
        return
    lists = ledger.start(step, lists)
    if lists.empty:
        return
    table = outcome_of(lists, rule, STATES, ledger, step, covers)
    ledger.finish(PANEL_ROWS, ledger.start(PANEL_ROWS, table))
    accounts = ledger_frame(ledger.to_json()).set_index(["step", "reason"])["troops"].fillna(0)
    written = sum(int(troops) for *_, troops in lines if troops != "some")
    assert accounts["rows of one's own table", "rows in"] == written
    left = accounts[~accounts.index.get_level_values("reason").isin(["rows in", "kept"])].sum()
    assert accounts[PANEL_ROWS, "kept"] + left == pytest.approx(
        written, abs=4
    )  # means are rounded in the ledger
    # Every cell is what its lines say: their sum, unknown with an unread one, zero only where the list covers it.
    sums = pd.DataFrame(lines, columns=["op", "year", "ccode", "troops"])
    sums = sums[(sums["op"] == "Op") & sums["ccode"].isin(STATES["ccode"])]
    known = set() if covers is None else set(zip(covers["date"].dt.year, covers["ccode"], strict=True))
    for row in table.itertuples():
        mine = sums[(sums["year"] == row.year) & (sums["ccode"] == row.ccode)]["troops"]
        if covers is not None and (row.year, row.ccode) not in known:
            assert np.isnan(row.troops)
            assert not row.covered
        elif (mine == "some").any():
            assert np.isnan(row.troops)
        else:
            assert row.troops == mine.astype(int).sum()


def test_an_entry_of_no_state_of_the_year_leaves_the_lists_by_name():
    lists = pd.DataFrame([("Op", pd.Timestamp("2009-07-01"), 256.0, 5000.0, "x")], columns=list(COLUMNS))
    ledger = Ledger()
    table = outcome_of(ledger.start("s", lists), "nearest_mid_year", STATES, ledger, "s")
    assert (table["troops"] == 0).all()
    ledger.start(PANEL_ROWS, table)
    accounts = ledger.as_frame().set_index(["step", "reason"])["troops"]
    assert accounts["s", "no state of the system in the year"] == 5000


def test_a_state_named_without_a_number_on_one_of_several_lists_is_unknown():
    dates = [pd.Timestamp("2009-01-01"), pd.Timestamp("2009-12-01")]
    lists = pd.DataFrame(
        [("Op", dates[0], 20.0, np.nan, "a"), ("Op", dates[1], 255.0, 10.0, "b")], columns=list(COLUMNS)
    )
    for rule in ("mean", "median", "max"):
        ledger = Ledger()
        table = outcome_of(ledger.start("s", lists), rule, STATES, ledger, "s").set_index("ccode")["troops"]
        assert np.isnan(table[20])
        assert table[255] == (10 if rule == "max" else 5)
        assert table[200] == 0
