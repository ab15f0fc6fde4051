"""The feedback check tells a joint posterior that contradicts its measure from one that does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from workflows.judge.feedback import by_name, contradictions, feedback, notices, treaty_labels

TREATIES = ["NATO", "RIO", "OAS", "ANZUS", "JAPAN"]
DEEP = np.array([0.9, -1.2, -0.8, 0.1, 0.6])


def draws(centre, spread=0.4, chains=4, seed=0):
    rng = np.random.default_rng(seed)
    centre = np.broadcast_to(centre, (chains, len(TREATIES)))
    values = centre[:, None, :] + spread * rng.normal(size=(chains, 300, len(TREATIES)))
    return xr.Dataset({"treaty_depth": (("chain", "draw", "treaty"), values)}, {"treaty": TREATIES})


def test_a_posterior_that_agrees_with_measurement_is_not_flagged():
    table = feedback(draws(DEEP), draws(DEEP + 0.2, seed=1))
    assert contradictions(table, 4) == []
    assert not table["moved"].any()


def test_a_run_whose_chains_all_sit_in_the_contradicting_mode_is_flagged():
    reversed_mode = np.array([-1.9, 0.4, 0.2, -0.4, -0.9])
    table = feedback(draws(DEEP), draws(reversed_mode, 0.2, seed=1))
    assert table["reversed_chains"].unique().tolist() == [4]
    lines = contradictions(table, 4)
    assert "4 of 4 chains order treaties against their provisions" in lines[0]
    assert any(line.startswith("treaty NATO: depth −1.9") and "4 of 4 chains" in line for line in lines)


def test_one_treaty_that_carries_most_rows_is_flagged_though_all_others_keep_their_order():
    pulled = DEEP.copy()
    pulled[0] = -3.0
    table = feedback(draws(DEEP), draws(pulled, 0.3, seed=1)).set_index("treaty")
    assert table["reversed_chains"].max() <= 4
    assert table.loc["NATO", "contradicting_chains"] == 4
    assert (table["contradicting_chains"].drop("NATO") == 0).all()


@pytest.mark.parametrize("wrong", [1, 3])
def test_single_chains_in_the_second_mode_are_counted(wrong):
    centre = np.tile(DEEP, (4, 1))
    centre[:wrong, 0] = -3.0
    table = feedback(draws(DEEP), draws(centre, 0.3, seed=1)).set_index("treaty")
    assert table.loc["NATO", "contradicting_chains"] == wrong


def test_without_treaties_there_is_nothing_to_contradict():
    assert contradictions(feedback(draws(DEEP), draws(DEEP)).iloc[:0], 4) == []


@pytest.mark.slow
@pytest.mark.nightly
def test_without_treaty_intercepts_the_gannon_kent_outcome_moves_natos_depth_more(shared_data):
    from data.panel import build_panel
    from models.joint import joint, measurement
    from workflows.sampling.chains import run_chains, sample_small
    from workflows.sampling.program import combine
    from workflows.spec.run import load_spec

    spec = load_spec("gannon-kent", draws=500)
    sampling = spec.sampling.model_copy(update={"tune": 500})
    panel = build_panel(spec.panel, shared_data)
    alone = sample_small(measurement(panel, spec.model), sampling)["posterior"].to_dataset()
    shift = {}
    for effects in (True, False):
        changed = spec.model.contribution.model_copy(update={"treaty_effects": effects})
        built = joint(panel, spec.model.model_copy(update={"contribution": changed}))
        tree = combine(dict(run_chains(built, sampling)))
        table = feedback(alone, tree["posterior"].to_dataset()).set_index("treaty")
        shift[effects] = abs(float(table.loc["3180", "shift"]))
        if effects:
            assert table.loc["3180", "contradicting_chains"] == 0
    assert shift[False] > shift[True]


def test_a_treaty_that_the_outcome_moved_is_told_with_both_depths():
    moved = DEEP.copy()
    moved[0] -= 0.7
    table = feedback(draws(DEEP), draws(moved, 0.4, seed=1))
    (notice,) = notices(table)
    assert "NATO from 0.9 to 0.2" in notice.text
    assert "RIO" not in notice.text
    assert notices(feedback(draws(DEEP), draws(DEEP + 0.1, seed=1))) == []
    assert notices(pd.DataFrame()) == []


def test_treaties_of_a_number_are_read_by_name_and_stay_apart():
    panel = xr.Dataset(
        coords={
            "treaty": ["3180", "3355", "3360", "NATO", "RIO"],
            "treaty_name": (
                "treaty",
                ["North Atlantic Treaty", "A - B (1908)", "A - B (1908)", "long name", "Rio Pact"],
            ),
            "treaty_coder": ("treaty", ["x"] * 5),
        }
    )
    known = treaty_labels(panel)
    assert list(known.values()) == [
        "North Atlantic Treaty",
        "A - B (1908), ATOP 3355",
        "A - B (1908), ATOP 3360",
        "NATO",
        "RIO",
    ]
    one = draws(DEEP).assign_coords(treaty=panel["treaty"].values)
    table = feedback(one, one, panel)
    assert list(table["treaty"]) == list(known)
    assert list(by_name(table)["treaty"]) == list(known.values())
    pulled = table.assign(moved=True, contradicting_chains=1)
    assert "North Atlantic Treaty from" in notices(pulled)[0].text
    assert any("treaty A - B (1908), ATOP 3355: depth" in line for line in contradictions(pulled, 4))
