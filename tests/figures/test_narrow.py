"""Every figure of a run has a form for a telephone: no wider than one, no letter small, nothing over anything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from figures import (
    diagnostics,
    effects,
    feedback,
    headline,
    item_information,
    leave_one_out,
    over_contribution,
    potential_by_state,
    predicted_troops,
    predictive,
    prior_shift,
    rank_change,
    separate,
)
from figures.style import NARROW, WIDTH, forms, narrow

STATES = ["Bosnia and Herzegovina", "Dominican Republic", "United Kingdom", "Norway", "Iceland", "Chad"]


def _random() -> np.random.Generator:
    return np.random.default_rng(1)


def _intervals(size: int, scale: float = 100.0) -> dict[str, np.ndarray]:
    middle = _random().normal(0, scale, size)
    return {"median": middle, "lower": middle - scale, "upper": middle + scale}


def _headline():
    points = _intervals(5)
    table = pd.DataFrame({**points, "headline": points["median"], "rows": 320, "states": 161, "step": 0.25})
    table["label"] = [
        "Baseline, as printed", "All Controls, as printed", "Least squares on this panel",
        "An operation with the mean slope: posterior", "Iraq: posterior",
    ]  # fmt: skip
    table["group"] = ["published", "published", "this panel", "posterior", "posterior"]
    table["interval"] = ["ci_95", "ci_95", "ci_95", "eti_95", "eti_95"]
    return headline.headline_comparison(table.assign(similarity_held=True))


def _ranks():
    troops = np.array([9000.0, 400, 46000, 500, 8, 120])
    return rank_change.rank_change(
        pd.DataFrame({"state": STATES, "troops": troops, "share": troops[::-1] / 1e6})
    )


def _potential():
    table = pd.DataFrame(
        {"state": STATES * 2, "operation": ["ISAF"] * 6 + ["Iraq"] * 6, **_intervals(12, 0.2)}
    )
    return potential_by_state.potential_by_state(table.assign(declared=[True, *[False] * 11]))


def _predicted():
    change = np.linspace(-0.25, 0.25, 5)
    labels = ["All Controls, as printed", "Least squares on this panel", "Joint hierarchical model"]
    parts = [
        pd.DataFrame({"label": n, "change": change, "troops": 200 + 100 * change, "lower": 100, "upper": 300})
        for n in labels
    ]
    return predicted_troops.predicted_troops(pd.concat(parts), armed_forces=111_976)


def _predictive():
    rng = _random()
    draws = rng.beta(0.4, 30, (2, 60, 90)) * (rng.random((2, 60, 90)) < 0.3)
    return predictive.predictive_check(draws[0, 0], draws[0], draws[1])


def _predictive_of_few(smallest=1e-9):
    """A prior that reaches far below the data, and shares smaller than a soldier of a large army."""
    rng = _random()
    draws = 10.0 ** rng.uniform(np.log10(smallest), 0, (2, 60, 90)) * (rng.random((2, 60, 90)) < 0.3)
    return predictive.predictive_check(
        np.where(draws[0, 0] > 0, draws[1, 0] / 10, 0), draws[0], draws[1] / 1e4
    )


def _effects():
    table = pd.DataFrame(
        {"label": ["ISAF", "Iraq", "Mean slope"], **_intervals(3), "pooled": [False, False, True]}
    )
    draws = np.abs(_random().normal(size=(2, 300)))
    label = "Headline effect, troops per year"
    return effects.effects(table, label=label, prior=draws[0], posterior=draws[1], overlap=0.98)


def _feedback():
    table = pd.DataFrame({"treaty": ["NATO", "RIO", "US-KOR"], "moved": [True, False, False]})
    for which in ("alone", "joint"):
        points = _intervals(3, 1.0)
        table[which], table[f"{which}_lower"], table[f"{which}_upper"] = points.values()
    return feedback.feedback(table)


def _diagnostics():
    rng = _random()
    table = pd.DataFrame({"quantity": [f"q{k}" for k in range(400)], "r_hat": 1 + 0.002 * rng.random(400)})
    table = table.assign(ess_bulk=2000 + 4000 * rng.random(400), ess_tail=1700 + 3000 * rng.random(400))
    return diagnostics.diagnostics(table.assign(passed=True), r_hat=1.01, ess=400)


def _over():
    table = pd.DataFrame(
        {"state": STATES, **_intervals(6, 0.01), "payment": ["deployment subsidy", *[""] * 5]}
    )
    return over_contribution.over_contribution(
        table, label="Share of the armed forces sent above what is expected"
    )


def _shift():
    labels = ["participation similarity mean", "participation treaty operation sd", "precision"]
    table = pd.DataFrame(
        {"label": labels, "prior_sds": [2.3, 1.9, 0.1], "overlap": 0.4, "flagged": [True, False, False]}
    )
    return prior_shift.prior_shift(table, 2.0)


def _separate():
    table = pd.DataFrame({"operation": ["ISAF", "Iraq"], "flagged": [False, True]})
    for which in ("joint", "separate"):
        points = _intervals(2)
        table[which], table[f"{which}_lower"], table[f"{which}_upper"] = points.values()
    return separate.separate(table)


def _left_out():
    points = _intervals(4)
    table = pd.DataFrame({"left_out": ["", "NATO", "RIO", "US-KOR"], **points, "headline": points["median"]})
    return leave_one_out.leave_one_out(table)


def _information():
    depth = np.linspace(-2, 3, 9)
    names = ["integrated_command", "common_defence_policy", "specific_contributions", "secrecy"]
    parts = [
        pd.DataFrame(
            {"provision": n, "depth": depth, "median": k * np.exp(-(depth**2)), "lower": 0.0, "upper": 4.0}
        )
        for k, n in enumerate(names)
    ]
    return item_information.item_information(pd.concat(parts))


DRAWN = [
    _information,
    _headline, _ranks, _potential, _predicted, _predictive, _effects, _feedback, _diagnostics, _over, _shift,
    _separate, _left_out, _predictive_of_few,
]  # fmt: skip


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_the_narrow_form_fits_a_telephone_and_nothing_overlaps(draw, overlapping):
    wide = draw()
    with narrow():
        figure = draw()
    assert figure.get_figwidth() == NARROW < wide.get_figwidth()
    assert overlapping(figure) == []
    assert overlapping(wide) == []
    # 7 points are 9.3 pixels where a figure is shown at its own size.
    letters = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()]
    assert min(letters) >= 7


def test_a_flag_tints_its_own_operation_alone():
    (axes,) = _separate().axes
    (band,) = (patch for patch in axes.patches if isinstance(patch, Rectangle))
    assert (band.get_y(), band.get_height()) == (0.5, 1.0)


def test_panels_under_one_another_each_have_numbers():
    with narrow():
        figure = _predictive_of_few()
    figure.canvas.draw()
    tops = [axes for axes in figure.axes if axes.get_title(loc="left").endswith("predictive")]
    assert len(tops) == 2
    assert all(any(t.get_visible() and t.get_text() for t in axes.get_xticklabels()) for axes in tops)


def test_a_figure_becomes_three_files_and_the_form_ends_with_them():
    made = forms(_feedback)
    assert made[".png"].startswith(b"\x89PNG")
    widths = [
        float(made[end].decode().partition('width="')[2].partition("pt")[0])
        for end in (".narrow.svg", ".svg")
    ]
    assert widths[0] < 390 * 0.75 < widths[1]
    assert _feedback().get_figwidth() == WIDTH


def test_what_is_declared_is_hollow_and_has_no_line():
    figure = _potential()
    (axes,) = figure.axes
    assert "declared and not measured" in figure.get_suptitle()
    faces = [
        tuple(c.get_facecolor()[0])
        for c in axes.collections
        if hasattr(c, "get_sizes") and len(c.get_offsets())
    ]
    assert faces.count((1.0, 1.0, 1.0, 1.0)) == 1
    lines = sum(len(c.get_segments()) for c in axes.collections if hasattr(c, "get_segments"))
    assert lines == 11
    table = pd.DataFrame({"state": STATES, **_intervals(6, 0.2), "declared": [True, *[False] * 5]})
    said = potential_by_state.caption(table)
    assert "of 5 intervals" in said
    assert "1 state without a treaty" in said
