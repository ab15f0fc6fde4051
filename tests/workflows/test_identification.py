"""What is said of the coefficient of potential follows from the model that was built, for every combination."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from models.given import Given
from models.joint import joint
from models.simulate import SMALL, Size, simulate
from models.spec import ModelSpec
from workflows.estimands import checks
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.estimands.headline import headline_text
from workflows.judge.identification import PHRASES, holding, identification, of_potential, similarity_held
from workflows.published.compare import posterior_rows

ONE = Size(states=30, operations={"Alder": (2001, 2002)}, treaties=4, other_treaties=6)
LEADERS = Size(
    states=30,
    operations={"Alder": (2001, 2001), "Birch": (2002, 2002)},
    treaties=4,
    other_treaties=6,
    leaders=(2, 220),
)
EXACT = "coefficient of potential is exactly minus that of depth"
ALIKE = "both coefficients vary"
TIED = "similarity has one coefficient for all"
SPLIT = "one between them, while similarity has one coefficient"


@pytest.fixture(scope="module")
def panels():
    return {name: simulate("bernoulli", size, seed=3)[0] for name, size in
            (("one", ONE), ("several", SMALL), ("leaders", LEADERS))}  # fmt: skip


def _spec(kind: str = "difference", **contribution) -> ModelSpec:
    return ModelSpec.model_validate({"potential": {"kind": kind}, "contribution": contribution})


#: Panel, options of the contribution, how similarity is held, what is said, what is not.
CASES = {
    "one operation": ("one", {}, "held", ["each has one coefficient", EXACT], [TIED, ALIKE]),
    "one operation, common by spec": ("one", {"similarity_varies": False}, "held", [EXACT], [TIED]),
    "several, alike": ("several", {}, "held", [f"{ALIKE} by operation", "In each operation", EXACT], [TIED]),
    "several, tied": (
        "several", {"similarity_varies": False}, "tied between operations", [TIED, "vary by operation"], [EXACT],
    ),
    "several, one slope": ("several", {"slope_varies": False}, "held", ["each has one coefficient", EXACT], [TIED]),
    "several, one slope, common by spec": (
        "several", {"slope_varies": False, "similarity_varies": False}, "held", [EXACT], [TIED],
    ),
    "one leader, by leader": (
        "several", {"slope_varies": False, "slope_by_leader": True, "similarity_varies": False}, "held", [EXACT], [TIED],
    ),
    "leaders, alike": (
        "leaders", {"slope_by_leader": True}, "held", [f"{ALIKE} by operation and by leader", EXACT], [TIED],
    ),
    "leaders only, alike": (
        "leaders", {"slope_by_leader": True, "slope_varies": False}, "held", [f"{ALIKE} by leader", EXACT], [TIED],
    ),
    "leaders only, tied": (
        "leaders", {"slope_by_leader": True, "slope_varies": False, "similarity_varies": False},
        "tied between operations", [TIED, "vary by leader"], [EXACT],
    ),
    "not held": ("several", {"hold_similarity": False}, "left out", ["not held", "more similar votes"], [EXACT, TIED]),
    "within and between": (
        "one", {"within_between": True}, "tied within and between states", [SPLIT], [EXACT, TIED],
    ),
    "within and between, alike": (
        "several", {"within_between": True}, "tied within and between states", [SPLIT], [EXACT, TIED],
    ),
    "within and between, tied": (
        "several", {"within_between": True, "similarity_varies": False}, "tied", [SPLIT, TIED], [EXACT],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["difference", "residual"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_statement_and_column_follow_from_the_model(case, kind, panels):
    name, options, how, said, unsaid = case
    spec = _spec(kind, **options)
    text = " ".join(of_potential(spec, panels[name]))
    assert holding(spec, panels[name]) == how
    assert similarity_held(spec, panels[name]) == (how == "held")
    if kind == "residual":
        said = [words for words in said if words != "more similar votes"]
        assert "leaves of depth" in text
    for words in said:
        assert words in text
    for words in unsaid:
        assert words not in text


def test_what_one_coefficient_ties():
    """`b U + g S = -b D + (b + g) S`: slopes of similarity can be anything only where `g` is free wherever `b` is."""
    rng = np.random.default_rng(2)
    depth, similarity = rng.random(60), rng.random(60)
    operation = np.repeat([0, 1], 30)
    of_depth, of_similarity = np.array([-1.0, -1.0]), np.array([3.0, -3.0])
    target = of_depth[operation] * depth + of_similarity[operation] * similarity
    one_hot = np.eye(2)[operation]
    potential = (similarity - depth)[:, None] * one_hot
    free = np.column_stack([one_hot, potential, similarity[:, None] * one_hot])
    tied = np.column_stack([one_hot, potential, similarity])
    slopes = [np.linalg.lstsq(x, target, rcond=None)[0][2:4] for x in (free, tied)]
    np.testing.assert_allclose(slopes[0], -of_depth, atol=1e-9)
    assert slopes[1][0] * slopes[1][1] < 0


@pytest.mark.parametrize("options", [{}, {"similarity_varies": False}], ids=["alike", "tied"])
def test_column_note_and_title_of_a_headline_say_how_similarity_is_held(options, panels):
    panel, spec = panels["several"], _spec(likelihood="bernoulli", **options)
    built = joint(panel, spec, Given(np.zeros(SMALL.treaties)))
    fit = Fit(built, xr.DataTree.from_dict({"posterior": checks.prior_draws(built, 20, seed=1)}))
    effect = headline_effect(fit, step=0.2)
    rows = posterior_rows(built, effect)
    held = not options
    assert set(rows["similarity_held"]) == {held}
    phrase = PHRASES["held" if held else "tied between operations"]
    assert f"; {phrase}" in headline_text(effect)
    assert rows["note"].str.contains(phrase, regex=False).all() == (not held)


def test_an_operation_without_differences_in_depth_is_named(panels):
    panel = panels["several"].copy(deep=True)
    rows = panel["row_operation"].values == "Alder"
    panel["in_force"].values[rows] = 0
    names = [str(n) for n in panel["operation"].values if n != "Alder"]
    spec = _spec()
    built = joint(panel, spec, Given(np.zeros(int(panel["in_force"].values.any(0).sum()))))
    text = " ".join(identification(built))
    assert (
        "In Alder all rows have the same treaties with the leader, or none: data there tell potential from"
        in text
    )
    assert f"In {names[0]} all rows" not in text
    not_held = joint(
        panel, _spec(hold_similarity=False), Given(np.zeros(int(panel["in_force"].values.any(0).sum())))
    )
    assert "potential differs there by similarity alone" in " ".join(identification(not_held))


def test_what_teaches_a_slope_beside_treaty_intercepts_depends_on_similarity(panels):
    panel = panels["several"]
    depth = np.zeros(int(panel["in_force"].values.any(0).sum()))
    held = " ".join(identification(joint(panel, _spec(treaty_by_operation=True), Given(depth))))
    tied = " ".join(
        identification(joint(panel, _spec(treaty_by_operation=True, similarity_varies=False), Given(depth)))
    )
    assert "tells only the sum of slope and coefficient of similarity" in held
    assert "from similarity within treaties, and from its prior" in tied
    assert "similarity among a treaty's members" in tied
    assert "similarity among a treaty's members" not in held


def test_latent_similarity_and_a_spline_are_said(panels):
    panel = panels["one"]
    assert "latent, the same inside potential and beside it" in " ".join(
        of_potential(_spec(similarity_error=True), panel)
    )
    assert "uncertainty is part of H" in " ".join(
        of_potential(_spec(similarity_error=True, hold_similarity=False), panel)
    )
    spline = ModelSpec.model_validate({"potential": {"kind": "residual", "basis": "spline"}})
    text = " ".join(of_potential(spline, panel))
    assert "a spline in similarity leaves of depth" in text
    assert "held as a straight line" in text
