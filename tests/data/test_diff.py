"""Two releases of a source, or two panels, compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.diff import diff_files, diff_tables
from data.panel import build_panel, save_panel


def test_cells_rows_and_missing_values_are_told_apart():
    a = pd.DataFrame({"k": [1, 2, 3], "x": [1.0, np.nan, 3.0], "s": ["a", "b", "c"]})
    b = pd.DataFrame({"k": [2, 3, 4], "x": [5.0, 3.5, 4.0], "s": ["b", "C", "d"]})
    found = diff_tables(a, b, ["k"])
    assert found.rows == {"only_a": 1, "only_b": 1, "both": 2}
    x = found.summary.set_index("column").loc["x"]
    assert (x["both"], x["equal"], x["differ"], x["only_a"], x["only_b"], x["largest"]) == (
        1,
        0,
        1,
        0,
        1,
        0.5,
    )
    assert found.summary.set_index("column").loc["s", "differ"] == 1
    assert len(found.cells) == 3


def test_a_table_does_not_differ_from_itself(shared_data):
    path = shared_data / "cow" / "NMC_5_0.csv"
    found = diff_files(path, path)
    assert found.cells.empty
    assert found.rows["only_a"] == found.rows["only_b"] == 0


def test_releases_of_un_ideal_points_differ_slightly(shared_data):
    folder = shared_data / "unga_voeten"
    found = diff_files(folder / "Idealpoints.dta", folder / "IdealpointestimatesAll_Jun2024.csv")
    points = found.summary.set_index("column").loc["ideal_point"]
    assert found.key == ["ccode", "year"]
    assert points["both"] == 10276
    assert 0.998 < points["correlation"] < 1


def test_releases_of_atop_differ_in_the_treaties_that_were_added(shared_data):
    found = diff_files(shared_data / "atop_v4" / "atop4_01a.csv", shared_data / "atop_v5" / "atop5_1a.csv")
    assert found.key == ["atopid"]
    assert found.rows == {"only_a": 1, "only_b": 45, "both": 744}


def test_two_panels_can_be_compared(tmp_path):
    a = save_panel(build_panel("bundled"), tmp_path / "a.nc")
    b = save_panel(build_panel({"list_rule": "first"}), tmp_path / "b.nc")
    found = diff_files(a, b)
    changed = found.cells[found.cells["column"] == "troops"]
    assert len(changed) > 0
    assert set(changed["year"]) <= {2005, 2007}


def test_tables_without_a_common_key_are_refused(shared_data, tmp_path):
    with pytest.raises(InputError, match="no common key"):
        diff_files(shared_data / "atop_v5" / "atop5_1a.csv", shared_data / "cow" / "NMC_5_0.csv")
    own = tmp_path / "own.csv"
    own.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="registry does not know"):
        diff_files(own, own)
