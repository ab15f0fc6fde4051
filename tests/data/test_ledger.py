"""The ledger balances, or it fails."""

from __future__ import annotations

import pandas as pd
import pytest

from data.common.ledger import Ledger, ledger_frame


def test_rows_in_are_rows_kept_and_left_out():
    ledger = Ledger()
    table = ledger.start("rows", pd.DataFrame({"troops": [1.0, 2.0, 0.0]}))
    table = ledger.leave_out("rows", table, table["troops"] > 1, "too many")
    ledger.finish("rows", table)
    assert ledger.as_frame()["rows"].tolist() == [3, 1, 2]
    assert ledger_frame(ledger.to_json())["troops"].tolist() == [3, 2, 1]


def test_a_row_lost_in_silence_is_an_error():
    ledger = Ledger()
    table = ledger.start("rows", pd.DataFrame({"x": [1, 2, 3]}))
    with pytest.raises(AssertionError, match="3 in, 0 left out, 2 kept"):
        ledger.finish("rows", table.iloc[:2])


def test_a_step_left_open_is_an_error():
    ledger = Ledger()
    ledger.start("rows", pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="unfinished"):
        ledger.to_json()


def test_troops_that_change_within_a_step_are_an_error():
    ledger = Ledger()
    table = ledger.start("rows", pd.DataFrame({"troops": [1000.0, 2.0]}))
    with pytest.raises(AssertionError, match="1002 troops in, 0 left out, 1001 kept"):
        ledger.finish("rows", table.assign(troops=[1000.0, 1.0]))


def test_a_step_begins_with_the_troops_that_earlier_steps_handed_on():
    ledger = Ledger()
    for step, troops in (("a", 5000.0), ("b", 1000.0)):
        ledger.finish(step, ledger.start(step, pd.DataFrame({"troops": [troops]})), into="panel")
    with pytest.raises(AssertionError, match="6000 troops handed on to 'panel', 1000 arrive"):
        ledger.start("panel", pd.DataFrame({"troops": [1000.0, 0.0]}))


def test_troops_handed_on_to_a_step_that_never_begins_are_an_error():
    ledger = Ledger()
    ledger.finish("a", ledger.start("a", pd.DataFrame({"troops": [5.0]})), into="b")
    with pytest.raises(ValueError, match=r"never began: \['b'\]"):
        ledger.to_json()


def test_several_rows_made_one_are_accounted_for():
    ledger = Ledger()
    table = ledger.start("a", pd.DataFrame({"troops": [5.0, 7.0]}))
    ledger.merge("a", table, pd.DataFrame({"troops": [6.0]}), "averaged", into="b")
    ledger.finish("b", ledger.start("b", pd.DataFrame({"troops": [6.0, float("nan")]})))
    rows = ledger_frame(ledger.to_json()).set_index(["step", "reason"])
    assert rows.loc[("a", "averaged")].tolist() == [1, 6]
