"""Bad input to the bundled panel: one line that says where and what."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from data.common.errors import InputError
from data.facts import BUNDLED
from data.panel import build_panel


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(BUNDLED, tmp_path / "facts")
    return tmp_path / "facts"


def change(folder, table, edit):
    path = folder / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    edit(frame).to_csv(path, index=False)


def put(column, value, row=5):
    def edit(frame):
        frame.loc[row, column] = value
        return frame

    return edit


def refused(folder, *words):
    with pytest.raises(InputError) as caught:
        build_panel("bundled", folder)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def test_a_folder_of_the_same_tables_gives_the_same_panel(folder):
    assert build_panel("bundled", folder).equals(build_panel("bundled"))


def test_a_folder_without_fact_tables_leaves_the_bundled_ones_in_place(tmp_path):
    assert build_panel("bundled", tmp_path).equals(build_panel("bundled"))


def test_missing_file(folder):
    (folder / "un_agreement.csv").unlink()
    refused(folder, "un_agreement.csv", "no such file")


def test_renamed_column(folder):
    change(folder, "contributions", lambda f: f.rename(columns={"troops": "troop"}))
    refused(folder, "contributions.csv", "'troops'", "renamed", "'troop'")


def test_negative_troop_count(folder):
    change(folder, "contributions", put("troops", "-5"))
    refused(folder, "contributions.csv", "row 7", "'troops'", "-5", "at least 0")


@pytest.mark.parametrize("cell", ["5.000", "12.5", "1.400"])
def test_a_troop_count_with_a_point_is_never_shortened(folder, cell):
    change(folder, "contributions", put("troops", cell))
    refused(folder, "contributions.csv", "row 7", "'troops'", repr(cell), "whole persons")


def test_troop_count_with_a_thousands_separator_is_no_number(folder):
    change(folder, "contributions", put("troops", "9,500"))
    refused(folder, "contributions.csv", "row 7", "'troops'", "'9,500'", "a number")


def test_share_above_one(folder):
    def edit(frame):
        at = (frame["snapshot_date"] == "2010-11-15") & (frame["country"] == "France")
        frame.loc[at, "troops"] = "400000"
        return frame

    change(folder, "contributions", edit)
    refused(folder, "ISAF, ccode 220, 2010", "share", "400000")


def test_unknown_state_code(folder):
    change(folder, "armed_forces", put("ccode", "999"))
    refused(folder, "armed_forces.csv", "row 7", "999", "Correlates of War")


def test_duplicated_row(folder):
    change(folder, "armed_forces", lambda f: pd.concat([f, f.iloc[[3]]]))
    refused(folder, "armed_forces.csv", "row 2298", "second row")


def test_wrong_delimiter(folder):
    path = folder / "armed_forces.csv"
    path.write_text(path.read_text().replace(",", ";"))
    refused(folder, "armed_forces.csv", "'iso3'")


def test_empty_file(folder):
    (folder / "regime.csv").write_text("")
    change(folder, "un_agreement", lambda f: f.iloc[:0])
    refused(folder, "un_agreement.csv", "without rows")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"colour": "red"}, ("unknown key 'colour'", "operations")),
        ({"operations": ["Gallipoli"]}, ("Gallipoli", "ISAF")),
        ({"leader": 220}, ("220", "2")),
        ({"controls": ["luck"]}, ("luck", "log_gdppc")),
        ({"similarity_span": 1.0}, ("similarity", "similarity_span")),
        ({"years": [2014, 2001]}, ("2014", "first is after")),
        ({"source": "rumour"}, ("rumour", "bundled")),
        ({"operations": ["INTERFET"]}, ("no complete list", "INTERFET")),
    ],
)
def test_a_wrong_spec_is_refused_in_one_line(given, words):
    with pytest.raises(InputError) as caught:
        build_panel(given)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
