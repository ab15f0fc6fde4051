"""Leaving out: which fits are made, on which rows, and what the table and the figure say of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.pool import with_controls
from figures import leave_one_out
from models.joint import inside
from models.simulate import SMALL, simulate
from workflows.pages.sections.left_out import figure_table
from workflows.run.run import Run
from workflows.series.leave_out import (
    LeaveOut,
    alliance_controls,
    cases,
    pooled_and_separate,
    without,
)
from workflows.spec.run import RunSpec


@pytest.fixture(scope="module")
def panel():
    return simulate("hurdle_lognormal", SMALL, seed=3)[0]


def test_the_full_fit_comes_first_and_small_treaties_are_not_left_out(panel):
    found = cases(panel, ("treaty", "operation", "separate"))
    assert (found[0].kind, found[0].weight.sum()) == ("full", panel.sizes["row"])
    treaties = [case for case in found if case.kind == "treaty"]
    assert 0 < len(treaties) < inside(panel).sum()
    for case in treaties:
        gone = panel["row_ccode"].values[case.weight == 0]
        assert len(np.unique(gone)) >= 3
    kept = {case.left_out: case.weight for case in found if case.kind == "separate"}
    for case in found:
        if case.kind == "operation":
            np.testing.assert_array_equal(case.weight, 1 - kept[case.left_out])


def test_an_unknown_kind_is_refused(panel):
    with pytest.raises(ValueError, match="'alliances' is not one of"):
        cases(panel, ("alliances",))


def test_what_is_left_out_are_the_rows_that_the_treaty_binds(panel):
    treaty = panel["treaty"].values[inside(panel)][0]
    weight = without(panel, treaty=treaty)
    assert np.array_equal(weight == 0, panel["in_force"].sel(treaty=treaty).values > 0)
    alder = without(panel, operation="Alder")
    assert alder.sum() == (panel["row_operation"] != "Alder").sum()
    assert np.array_equal(without(panel, only="Alder"), 1 - alder)
    with pytest.raises(ValueError, match="no operation 'Elm'"):
        without(panel, operation="Elm")


def test_an_alliance_becomes_two_controls_and_the_panel_keeps_the_rest(panel):
    treaty = str(panel["treaty"].values[inside(panel)][0])
    extra = alliance_controls(panel, treaty, ["Alder"])
    assert list(extra) == ["alliance_member", "alliance_member_in_its_operation"]
    wider = with_controls(panel, extra)
    assert wider.sizes["control"] == panel.sizes["control"] + 2
    kept = wider["controls"].sel(control=panel["control"].values)
    np.testing.assert_array_equal(kept.values, panel["controls"].values)
    assert set(wider.data_vars) == set(panel.data_vars)
    assert list(alliance_controls(panel, treaty, list(panel["operation"].values))) == ["alliance_member"]


def _table():
    rows = [
        ("full", "", "", "", 100.0),
        ("full", "", "", "Alder", 90.0),
        ("full", "", "", "Birch", 120.0),
        ("full", "", "", "mean slope", 101.0),
        ("treaty", "3180", "North Atlantic Treaty", "", 20.0),
        ("operation", "Alder", "Alder", "Alder", 60.0),
        ("operation", "Alder", "Alder", "Birch", 119.0),
        ("separate", "Alder", "Alder", "Alder", 70.0),
        ("alliance", "3180", "NATO membership as a control", "", 80.0),
    ]
    table = pd.DataFrame(rows, columns=["kind", "left_out", "name", "operation", "headline"])
    return table.assign(
        lower=table["headline"] - 50, upper=table["headline"] + 50, interval="eti_95", rows=10, passed=True
    )


def test_pooled_separate_and_predicted_effects_stand_beside_one_another():
    found = pooled_and_separate(_table()).set_index(["operation", "estimate"])["headline"]
    assert found["Alder"].to_dict() == {"pooled": 90.0, "separate": 70.0, "predicted from the others": 60.0}
    assert found["Birch"].to_dict() == {"pooled": 120.0}


def test_the_figure_says_without_a_treaty_and_with_a_control():
    table = figure_table(_table())
    labels = [t.get_text() for t in leave_one_out.leave_one_out(table).axes[0].get_yticklabels()]
    assert labels[0] == "all treaties"
    assert set(labels[1:]) == {"without North Atlantic Treaty", "with NATO membership as a control"}
    caption = leave_one_out.caption(table)
    assert "With NATO membership as a control: 80" in caption
    assert "moves most without North Atlantic Treaty: 20" in caption


@pytest.mark.slow
@pytest.mark.nightly
def test_leaving_out_the_bundled_panels_treaties_is_kept_and_continued(tmp_path):
    spec = RunSpec.model_validate(
        {
            "name": "leave",
            "model": {
                "depth": {"measurement": "plug-in", "items": "known"},
                "contribution": {"likelihood": "hurdle_lognormal"},
            },
            "sampling": {"tune": 600, "draws": 700},
        }
    )
    first = pd.concat(LeaveOut(Run(spec, tmp_path)).tables(("treaty", "alliance"), least=20))
    stages: list[str] = []

    run = Run(spec, tmp_path)
    run.store.announce = lambda _, state: stages.append(state)
    again = pd.concat(LeaveOut(run).tables(("treaty", "alliance"), least=20))
    assert set(stages) == {"cached"}
    pd.testing.assert_frame_equal(first, again)
    assert len(set(first["step"])) == 1
    full = first[(first["kind"] == "full") & (first["operation"] == "")]
    nato = first[(first["left_out"] == "NATO") & (first["kind"] == "treaty") & (first["operation"] == "")]
    assert int(nato["rows"].iloc[0]) < int(full["rows"].iloc[0])
