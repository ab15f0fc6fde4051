"""A source that ends says nothing of later years: they are refused or missing, never zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.panel import build_panel
from data.variables.participants import participants
from data.variables.peacekeeping import peacekeeping_record
from data.variables.ties import ties_table
from tests.data.synthetic import atop_members

KINDS = {
    "atop_alliance__us_dyads.csv": [
        f"atop_{k}" for k in ("defense", "offense", "neutral", "nonagg", "consul")
    ],
    "cow_alliance__us_dyads.csv": [f"cow_{k}" for k in ("defense", "neutral", "nonagg", "entente")],
}


@pytest.fixture
def folder(tmp_path):
    """State 200 has every tie in every year of its files; alliances end in 2012, the others in 2014."""
    pair = {"ccode1": 2, "ccode2": 200}
    spells = [{"atopid": 1001, "member": code, "yrent": 1949, "defense": 1} for code in (2, 200)]
    (tmp_path / "atop5_1m.csv").write_text(atop_members(spells))
    for file, columns, last in (
        ("cow_igo_ndy__us_dyads.csv", ["dyadigos"], 2014),
        *((file, columns, 2012 if file.startswith("cow") else 2014) for file, columns in KINDS.items()),
    ):
        rows = [{**pair, "year": year, **dict.fromkeys(columns, 1)} for year in range(2001, last + 1)]
        pd.DataFrame(rows).to_csv(tmp_path / file, index=False)
    return tmp_path


def test_ties_are_averaged_over_years_that_every_file_covers(folder):
    table = np.expm1(ties_table(folder, (2001, 2012)).set_index("atopid").loc[200])
    assert table.round(9).to_dict() == {
        "joint_organisations": 1,
        "treaties": 1,
        "obligations": 5,
        "commitments": 4,
    }


@pytest.mark.parametrize("years", [(2001, 2013), (2013, 2014), (2000, 2012)])
def test_ties_of_years_outside_a_file_are_refused_with_the_years_that_it_covers(folder, years):
    with pytest.raises(InputError, match=r"2001-201[24], which the file covers") as caught:
        ties_table(folder, years)
    assert str(caught.value.file).endswith("__us_dyads.csv")


def test_commitments_of_real_allies_count_whole(shared_data):
    table = np.expm1(ties_table(shared_data, (2001, 2012)).set_index("atopid")["commitments"])
    assert table[200] == pytest.approx(3.0)
    assert table[740] == pytest.approx(1.0)
    with pytest.raises(InputError, match=r"cow_alliance.*2012"):
        ties_table(shared_data, (2001, 2014))


def test_alliances_of_participants_are_missing_after_the_file_and_not_none(shared_data):
    spec = {"source": "official", "operations": ["ISAF"], "years": [2012, 2014], "controls": []}
    rows = participants(build_panel(spec, shared_data), shared_data)
    known = rows.groupby("year")["us_alliances"].agg(lambda column: column.notna().mean())
    assert known.to_dict() == {2012: 1, 2013: 1, 2014: 0}
    assert rows.loc[rows["year"] == 2013, "us_alliances"].between(0, 1).all()


def test_a_record_of_peacekeeping_outside_the_file_is_unknown(shared_data):
    india = peacekeeping_record(shared_data, np.full(3, 750), np.array([1965, 2010, 2030]))
    assert np.isnan(india[[0, 2]]).all()
    assert india[1] > 5
