"""Power-scaling, leave one out, feedback and the specification curve."""

import itertools

import numpy as np
import pandas as pd
import pytest

from figures import feedback, leave_one_out, power_scaling, specification_curve
from workflows.estimands.power_scaling import THRESHOLD, verdict


def _psense():
    rows = [("slope", 0.01, 0.12), ("spread", 0.2, 0.01), ("conflict", 0.11, 0.3)]
    table = pd.DataFrame(rows, columns=["quantity", "prior", "likelihood"])
    return table.assign(says=[verdict(r.prior, r.likelihood) for r in table.itertuples()])


def test_power_scaling_says_what_the_two_sensitivities_mean(strangers):
    text = power_scaling.caption(_psense(), THRESHOLD)
    assert "Prior and data in conflict: conflict (" in text
    assert "The data say little: spread (" in text
    assert strangers(text, [3, *_psense()[["prior", "likelihood"]].to_numpy().ravel()]) == []
    assert "None is sensitive" in power_scaling.caption(_psense().iloc[[0]], THRESHOLD)


def test_power_scaling_names_what_rests_on_unreliable_weights():
    table = _psense().assign(reliable=[True, *[False] * (len(_psense()) - 1)])
    text = power_scaling.caption(table, THRESHOLD)
    assert "Pareto k" in text
    assert "conflict (" not in text
    assert "Of the others, none is sensitive" in text
    names = [t.get_text() for t in power_scaling.power_scaling(table, THRESHOLD).axes[0].get_yticklabels()]
    assert sum("unreliable" in name for name in names) == len(table) - 1


def _left_out():
    rows = [(None, 61, -45, 172), ("NATO", 130, -60, 330), ("Rio Pact", 22, -80, 130)]
    return pd.DataFrame(rows, columns=["left_out", "headline", "lower", "upper"])


def test_leave_one_out_names_the_treaty_that_matters_most(strangers):
    table = _left_out()
    text = leave_one_out.caption(table)
    assert "most without NATO: 130" in text
    assert strangers(text, table[["headline", "lower", "upper"]].to_numpy().ravel()) == []


def test_leave_one_out_tells_apart_the_fits_whose_diagnostics_failed(overlapping):
    table = _left_out().assign(passed=[True, False, True], label=["", "", "with NATO as a control"])
    text = leave_one_out.caption(table)
    assert "Diagnostics failed, in grey: without NATO." in text
    assert "With NATO as a control: 22" in text
    figure = leave_one_out.leave_one_out(table)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [name for name in names if "failed" in name] == ["without NATO, diagnostics failed"]
    assert overlapping(figure) == []
    assert "failed" not in leave_one_out.caption(table.assign(passed=True))


def test_leave_one_out_needs_the_full_fit_once():
    with pytest.raises(ValueError, match="0 rows have nothing left out"):
        leave_one_out.leave_one_out(_left_out().iloc[1:])


def _depths(moved):
    table = pd.DataFrame({"treaty": ["NATO", "Rio Pact"], "alone": [0.9, -0.6], "joint": [-0.9, -0.51]})
    for which in ("alone", "joint"):
        table[f"{which}_lower"], table[f"{which}_upper"] = table[which] - 0.4, table[which] + 0.3
    return table.assign(moved=moved)


@pytest.mark.parametrize("moved", [[True, False], [False, False], [True, True]])
def test_feedback_names_what_moved(moved, strangers, overlapping):
    table = _depths(moved)
    text = feedback.caption(table)
    assert ("None moved" in text) == (not any(moved))
    assert ("Rio Pact" in text) == moved[1]
    assert strangers(text, [2, *table.select_dtypes(float).to_numpy().ravel()]) == []
    assert overlapping(feedback.feedback(table)) == []


def _multiverse(size=3):
    choices = {"depth": ["published", "oriented"], "controls": list("abcdef")[:size], "constant": ["same"]}
    table = pd.DataFrame(list(itertools.product(*choices.values())), columns=list(choices))
    effect = 100.0 * (table["depth"] == "published") + np.arange(len(table)) - 20
    return table.assign(headline=effect, lower=effect - 30, upper=effect + 30), list(choices)


def test_the_curve_says_which_choice_moves_the_median_most(strangers):
    table, choices = _multiverse()
    text = specification_curve.caption(table, choices, "ci_95")
    assert "The choice of depth moves the median most: from" in text
    counts = [6, (table["headline"] > 0).sum(), ((table["lower"] > 0) | (table["upper"] < 0)).sum()]
    medians = [table["headline"].median(), *table.groupby("depth")["headline"].median()]
    assert strangers(text, [*table["headline"], *counts, *medians]) == []


@pytest.mark.parametrize("size", [1, 6])
def test_choices_without_alternative_are_not_drawn(size, overlapping):
    table, choices = _multiverse(size)
    figure = specification_curve.specification_curve(table, choices, "ci_95")
    labels = [t.get_text() for t in figure.axes[1].get_yticklabels()]
    assert not any("constant" in label for label in labels)
    assert overlapping(figure) == []
