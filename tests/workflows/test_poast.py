"""Embeddedness and potential, within and between states, beside a propensity to cooperate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.panel import build_panel, check_panel
from data.variables.peacekeeping import peacekeeping_record
from workflows.series.bridge.embedded_panel import BETWEEN, RECORD, WITHIN, embedded_panel
from workflows.series.bridge.poast import PROPENSITY, survivors


def _table(headlines, half, passed=True):
    labels = [label for label, *_ in PROPENSITY.values()]
    return pd.DataFrame(
        {
            "label": labels,
            "predictor": "Potential",
            "level": "within states",
            "headline": headlines,
            "excludes_zero": np.abs(np.asarray(headlines, float)) > half,
            "passed": passed,
        }
    )


def test_an_effect_that_is_clear_in_every_model_survives():
    assert survivors(_table([5, 6, 7, 8], 1)) == [
        "Potential, within states: positive in every model: it survives each account of a propensity to "
        "cooperate that they give."
    ]


def test_an_effect_that_a_propensity_explains_away_is_said_to_be_so():
    (line,) = survivors(_table([-5, -6, 0, 0], 1))
    assert line.startswith("Potential, within states: negative with no propensity, peacekeeping record;")
    assert "includes zero with varying states, varying states and peacekeeping record" in line


def test_an_effect_that_is_never_clear_is_not_called_small():
    (line,) = survivors(_table([1, 2, 0, 0], 5))
    assert line == "Potential, within states: the interval includes zero in every model."


def test_a_model_that_failed_the_gate_says_nothing_and_is_named():
    (line,) = survivors(_table([5, 6, 7, 8], 1, passed=[True, True, True, False]))
    assert "in every model that passed the gate" in line
    assert line.endswith("(the gate failed with varying states and peacekeeping record)")
    (none,) = survivors(_table([5, 6, 7, 8], 1, passed=False))
    assert "no model passed the gate" in none


@pytest.fixture(scope="module")
def panels(shared_data):
    first = build_panel("gannon-kent", shared_data)
    return first, embedded_panel(first, shared_data)


def test_embeddedness_is_split_into_a_states_mean_and_its_deviation(panels):
    first, embedded = panels
    check_panel(embedded)
    assert first.sizes["row"] - 5 < embedded.sizes["row"] <= first.sizes["row"]
    controls = pd.DataFrame(embedded["controls"].values, columns=embedded["control"].values)
    controls["ccode"] = embedded["row_ccode"].values
    by_state = controls.groupby("ccode")
    assert by_state[WITHIN].mean().abs().max() < 1e-9
    assert by_state[BETWEEN].std().fillna(0).max() < 1e-9
    # Embeddedness hardly changes: most of it is between states.
    assert controls[BETWEEN].std() > 5 * controls[WITHIN].std()


def test_the_great_contributors_to_peacekeeping_have_the_longest_records(panels):
    _, embedded = panels
    year = embedded["row_year"].values == 2010
    record = embedded["controls"].sel(control=RECORD).values[year]
    top = embedded["row_state"].values[year][np.argsort(record)[-5:]]
    assert {"Bangladesh", "India", "Nigeria"} <= set(top)


def test_the_record_counts_the_years_before_and_not_the_year_itself(shared_data):
    # Brazil's contingent in Haiti arrived in 2004.
    haiti = peacekeeping_record(shared_data, np.array([140, 140]), np.array([2004, 2009]))
    assert haiti[0] < haiti[1]
