"""The ledger balances, or it fails."""

from __future__ import annotations

import pandas as pd
import pytest

from data.ledger import Ledger, ledger_frame


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
