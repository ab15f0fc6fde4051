"""Depth of dyad-years: the rules, the published transformation, and what the baseline decides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import pytest

from data.common.errors import InputError
from data.variables.measures import measurement_table
from models.depth import depth_of_sets
from workflows.depth.dyads import baseline_sensitivity, distinct_values, published_depth, sets_depth

SETS = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)


@pytest.mark.parametrize("how", ["deepest", "latest", "sum"])
def test_arrays_and_tensors_follow_one_rule(how):
    theta = np.array([0.5, 1.5, -0.5])
    order = np.array([1950, 1940, 1990])
    symbolic = depth_of_sets(pt.as_tensor(theta), SETS, how, -0.8, order=order).eval()
    np.testing.assert_allclose(sets_depth(theta[None, :], SETS, how, -0.8, order)[0], symbolic)


def test_the_published_transformation_reverses_and_the_oriented_one_does_not():
    score = np.array([-0.6, 0.2, 1.4, np.nan])
    published, oriented = published_depth(score, oriented=False), published_depth(score, oriented=True)
    assert (np.diff(published[:3]) < 0).all()
    assert (np.diff(oriented[:3]) > 0).all()
    assert published[3] == oriented[3] == 0
    assert oriented[1] == pytest.approx(np.log(0.2 + 2.141))


def test_baseline_table_says_which_treaties_would_be_shallower_than_none():
    dyads = pd.DataFrame({"mean": [-0.6, 0.9, 0.9, 1.2]})
    table = baseline_sensitivity(dyads, (-1.0, 0.0)).set_index("baseline")
    assert table.loc[-1.0, "allies_below"] == 0
    assert table.loc[0.0, "allies_below"] == 0.25
    assert distinct_values(dyads) == 3


def test_ties_are_counted_for_allies_and_others(shared_data):
    from data.variables.ties import ties_table

    table = ties_table(shared_data, (2001, 2012)).set_index("atopid")
    assert table.loc[20, "joint_organisations"] > table.loc[850, "joint_organisations"]
    assert table.loc[20, "treaties"] > 0
    assert (table >= 0).all().all()
    with pytest.raises(InputError, match="leader 2"):
        ties_table(shared_data, (2001, 2012), leader=200)


def test_other_dimensions_are_read_where_their_inputs_are_present(shared_data):
    table = measurement_table("benson-clinton", shared_data, dimension="scope", complete_in_file=True)
    assert len(table) == 492
    with pytest.raises(InputError, match="benson-clinton"):
        measurement_table("atop", shared_data, dimension="scope")


@pytest.mark.slow
def test_every_ally_of_the_united_states_gets_one_of_few_depths(shared_data):
    from workflows.depth.dyads import dyad_depth
    from workflows.depth.measure import MeasureSpec, measure

    measured = measure(MeasureSpec(source="atop", model="graded", draws=1000), shared_data)
    dyads = dyad_depth(measured, shared_data, leader=2, years=(2001, 2014))
    assert 8 <= distinct_values(dyads) <= 20
    nato = dyads[(dyads["ccode"] == 210) & (dyads["year"] == 2010)].iloc[0]
    rio = dyads[(dyads["treaties"] == "3210")].iloc[0]
    assert nato["mean"] > rio["mean"]
    assert nato["published"] < rio["published"]
