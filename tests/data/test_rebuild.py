"""The analysis table rebuilt from raw files, and every disagreement with the authors' merged file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.rebuilt.diff import REASONS, UNEXPLAINED, diff_summary, rebuild_diff
from data.rebuilt.isaf_counts import count_correlations
from data.rebuilt.rebuild import COLUMNS, rebuild

DOC = Path(__file__).resolve().parents[2] / "docs" / "rebuilt-isaf.md"


@pytest.fixture(scope="module")
def table(shared_data):
    return rebuild(shared_data).set_index(["ccode", "year"])


@pytest.fixture(scope="module")
def summary(shared_data):
    return diff_summary(shared_data)


@pytest.fixture(scope="module")
def cells(shared_data):
    return rebuild_diff(shared_data).set_index(["column", "ccode", "year"])


def block(name):
    text = DOC.read_text(encoding="utf-8").split(f"<!-- {name} -->\n")[1].split("\n<!-- end -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


@pytest.mark.parametrize(
    ("ccode", "year", "troops"),
    [
        (200, 2010, 9500),
        (200, 2013, 7700),
        (200, 2014, 5200),
        (255, 2010, 4388),
        (220, 2011, 3932),
        (140, 2010, 0),
    ],
)
def test_rebuilt_outcome_checked_by_hand(table, ccode, year, troops):
    assert table.loc[(ccode, year), "troops_afghan_final"] == troops


def test_iceland_is_missing_where_only_a_word_names_it(table):
    assert np.isnan(table.loc[(395, 2005), "troops_afghan_final"])


def test_columns_that_are_right_in_the_merged_file_agree_in_every_cell(summary):
    by_column = summary.groupby("column").first()
    assert by_column.loc["troops_total", "equal"] == by_column.loc["troops_total", "cells"] == 2364
    for column in ("pctagreeus", "idealpoint", "ideal_dist", "tpop", "cinc"):
        assert set(summary.loc[summary["column"] == column, "reason"]) == {"vietnam"}


def test_every_disagreement_has_a_reason(cells):
    assert (cells["reason"] != UNEXPLAINED).all()
    named = {part for reason in set(cells["reason"]) for part in reason.split(" + ")}
    assert named <= set(REASONS)


def test_outcome_agrees_in_2174_of_2364_cells(summary):
    outcome = summary[summary["column"] == "troops_afghan_final"]
    assert outcome["equal"].iloc[0] == 2174
    assert outcome["rows"].sum() == 2364 - 2174


@pytest.mark.parametrize(
    ("column", "ccode", "year", "merged", "rebuilt", "reason"),
    [
        ("troops_afghan_final", 200, 2010, 0, 9500, "separator"),
        ("troops_afghan_final", 235, 2010, 265, 26, "placemat"),
        ("troops_afghan_final", 200, 2014, 0, 5200, "no edition"),
        ("troops_afghan_final", 255, 2002, 2663, 2400, "several places"),
        ("distance", 770, 2010, 0, 235, "neighbours"),
        ("casualties", 316, 2011, 0, 2, "no casualties"),
    ],
)
def test_reasons_checked_by_hand(cells, column, ccode, year, merged, rebuilt, reason):
    cell = cells.loc[(column, ccode, year)]
    assert (cell["merged"], cell["rebuilt"], cell["reason"]) == (merged, rebuilt, reason)


def test_austria_carries_australias_gdp_in_the_merged_file(cells, table):
    cell = cells.loc[("gdp", 305, 2010)]
    assert cell["reason"] == "other economy"
    assert cell["merged"] == pytest.approx(table.loc[(900, 2010), "gdp"], rel=0.05)


def test_all_columns_are_compared(summary):
    assert set(summary["column"]) == set(COLUMNS)


def test_the_page_in_docs_shows_the_numbers_computed_here(summary):
    rows = block("differences")
    assert len(rows) == len(summary)
    for shown, row in zip(rows, summary.itertuples(), strict=True):
        assert shown[0] == f"`{row.column}`"
        assert shown[1:5] == [str(row.cells), str(row.equal), str(row.rows or ""), str(row.states or "")]
        assert shown[5] == (row.words or "every cell agrees")


def test_reported_correlation_holds_for_the_rows_where_both_counts_are_positive(shared_data):
    table = count_correlations(shared_data).set_index(["counts", "sample"])
    assert table.loc[("merged", "both positive, leader left out"), "correlation"] == pytest.approx(
        0.86, abs=0.005
    )
    assert table.loc[("merged", "on a placemat"), "correlation"] == pytest.approx(0.69, abs=0.005)
    assert (table.loc["rebuilt", "correlation"] > 0.97).all()
    for shown, (key, row) in zip(block("correlations"), table.iterrows(), strict=True):
        assert shown == [*key, str(int(row["rows"])), f"{row['correlation']:.3f}"]
