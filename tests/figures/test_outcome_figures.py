"""Substantive effects, over-contribution and the diagnostics page."""

import arviz as az
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from figures import diagnostics, over_contribution, substantive_effects


def _henke(shared_data):
    table = pd.read_csv(shared_data.parent / "facts" / "predicted_effects.csv")
    table = table[table["unit"] == "probability"]
    return pd.DataFrame(
        {
            "outcome": table["outcome"],
            "value": table["value"],
            "probability": table["predicted"],
            "lower": np.nan,
            "upper": np.nan,
        }
    )


def test_the_printed_probabilities_of_henke_are_drawn_and_told(shared_data, overlapping, strangers):
    table = _henke(shared_data)
    text = substantive_effects.caption(table, "diplomatic embeddedness", "none")
    assert "0.15 at 71 and 0.37 at 188" in text
    values = table[["value", "probability"]].to_numpy().ravel()
    assert strangers(text, values, table["outcome"]) == []
    assert overlapping(substantive_effects.substantive_effects(table, "Embeddedness", "none")) == []


def _excess(states=6):
    median = np.linspace(400, -300, states).round(1)
    table = pd.DataFrame({"state": [f"State {k}" for k in range(states)], "median": median})
    return table.assign(lower=median - 150, upper=median + 170, payment=None)


def test_payments_and_excess_are_counted_and_unknown_is_not_unpaid(strangers):
    table = _excess().astype({"payment": object})
    table.loc[[0, 5], "payment"] = "deployment subsidy"
    text = over_contribution.caption(table)
    above = table["lower"] > 0
    assert f"Wholly above zero: 1 of 2 states with a recorded payment, {above.sum() - 1} of 4 others." in text
    assert "unknown, not unpaid" in text
    counts = [6, above.sum(), (table["upper"] < 0).sum(), 1, 2, 4, above.sum() - 1]
    values = [*table[["median", "lower", "upper"]].to_numpy().ravel(), *counts]
    assert strangers(text, values, table["state"]) == []


@pytest.mark.parametrize("states", [1, 60])
def test_over_contribution_is_readable(states, overlapping):
    assert overlapping(over_contribution.over_contribution(_excess(states))) == []
    assert "No payment is recorded" in over_contribution.caption(_excess(states))


def _convergence():
    random = np.random.default_rng(2)
    r_hat = 1 + np.abs(random.normal(0, 0.002, 50))
    ess = random.uniform(800, 4000, (2, 50))
    names = [f"q{k}" for k in range(50)]
    table = pd.DataFrame({"quantity": names, "r_hat": r_hat, "ess_bulk": ess[0], "ess_tail": ess[1]})
    return table.assign(passed=True)


def test_diagnostics_name_the_worst_and_what_failed(strangers, overlapping):
    table, limits = _convergence(), {"r_hat": 1.01, "ess": 400}
    assert "All pass." in diagnostics.caption(table, **limits)
    table.loc[3, ["r_hat", "passed"]] = 1.2, False
    table.loc[4, ["ess_tail", "passed"]] = np.nan, False
    text = diagnostics.caption(table, **limits)
    assert "largest R-hat 1.200 (q3, limit 1.01)" in text
    assert "q3" in text.split("Failed:")[1]
    assert "q4" in text.split("Failed:")[1]
    values = [50, 1.01, 400, *table[["r_hat", "ess_bulk", "ess_tail"]].to_numpy().ravel()]
    assert strangers(text, values, table["quantity"]) == []
    assert overlapping(diagnostics.diagnostics(table, **limits)) == []


def test_figures_of_arviz_plots_leave_no_open_figure_behind():
    random = np.random.default_rng(3)
    draws = {"slope": random.normal(size=(4, 100)), "effect": random.normal(size=(4, 100, 2))}
    energy = {"energy": random.normal(size=(4, 100))}
    tree = az.from_dict({"posterior": draws, "sample_stats": energy}, dims={"effect": ["operation"]})
    assert len(diagnostics.rank_plots(tree, ["slope", "effect"]).axes) >= 6
    assert diagnostics.energy(tree).axes
    assert pyplot.get_fignums() == []
