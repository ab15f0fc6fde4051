"""The bridge's table and page, from numbers alone."""

from __future__ import annotations

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from figures import bridge as picture
from figures.style import to_png
from workflows.run.panel_notices import spans
from workflows.series.bridge.page import Contents, changed_counts, changed_years, page
from workflows.series.bridge.table import drawn


@pytest.fixture
def rungs():
    base = {
        "interval": "eti_95", "rows": 10, "states": 5, "step": 0.2, "similarity_held": True, "note": "",
        "advice": "", "seconds": 1.0,
    }  # fmt: skip
    rows = [
        ("published", "", "Printed", "published", 196.0, 157.0, 235.0, None, "", 0, None),
        ("twin", "published", "Bayesian twin", "posterior", 190.0, 150.0, 230.0, -6.0, "priors", 1, True),
        (
            "states",
            "twin",
            "Pooling of states",
            "posterior",
            -80.0,
            -120.0,
            -40.0,
            -270.0,
            "states",
            2,
            False,
        ),
    ]
    names = (
        "id",
        "parent",
        "label",
        "group",
        "headline",
        "lower",
        "upper",
        "moved",
        "changed",
        "level",
        "passed",
    )
    return pd.DataFrame(
        [
            {**base, **dict(zip(names, r, strict=True)), "rung": r[0], "cause": r[8] if r[1] else ""}
            for r in rows
        ]
    )


@pytest.fixture
def shown(rungs):
    rungs.loc[2, "advice"] = "R-hat 1.2, needs at most 1.01"
    contents = Contents("A bridge", rungs, to_png(picture.bridge(drawn(rungs)), 60), "A caption.")
    return BeautifulSoup(page(contents), "html.parser")


def test_a_rung_that_failed_is_marked_in_figure_and_page_and_never_dropped(rungs, shown):
    assert drawn(rungs)["label"].iloc[2].endswith("gate FAILED")
    assert "states" in shown.get_text()
    assert "R-hat 1.2" in shown.get_text()
    assert "FAILED the gate and must not be reported: states" in shown.get_text()


def test_every_number_of_the_table_is_on_the_page(rungs, shown):
    cells = {float(c["data-value"]) for c in shown.select("td[data-value]") if c["data-value"]}
    assert set(rungs["headline"]) | set(rungs["lower"]) | set(rungs["upper"]) <= cells


def test_the_summary_names_the_cause_that_moved_the_effect_most(shown):
    assert "moves H most is states" in shown.get_text()


def test_sections_without_numbers_say_why(rungs):
    absent = {"corrections": "Needs data.", "twins": "No rows.", "poast": "No ties."}
    contents = Contents("A bridge", rungs, to_png(picture.bridge(rungs), 60), "", absent=absent)
    text = BeautifulSoup(page(contents), "html.parser").get_text()
    assert all(reason in text for reason in absent.values())


def test_years_in_a_row_are_joined():
    assert spans([2001, 2002, 2003, 2007], "-") == "2001-2003, 2007"
    assert spans([], "-") == ""


def test_what_a_correction_changed_is_counted_by_state_year_and_listed_by_state():
    cells = [("year_2014", 200, "United Kingdom", 2014, c, 1.0, None, "year_2014") for c in ("a", "b")]
    cells.append(("gdp_join", 305, "Austria", 2001, "gdp", 1.0, 2.0, "gdp_join"))
    names = ["correction", "ccode", "country", "year", "column", "before", "after", "reason"]
    changed = pd.DataFrame(cells, columns=names)
    counts = changed_counts(changed).set_index("correction")
    assert counts.loc["year_2014", ["state_years", "states", "cells"]].tolist() == [1, 1, 2]
    assert set(changed_years(changed)["changed_in"]) == {"2014", "2001"}
