"""Worlds of the pooled model of coalitions: the exchangeable program is the model, and its worlds are its prior's."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pymc as pm
import pytest

from benchmarks.calibration.coalitions.world import KNOWS, CoalitionWorlds, synthetic_design
from models.coalition import coalition_model
from models.modes import PLAIN
from tests.models.coalition_rows import row_loglik
from workflows.coalitions.effects import predictor


@pytest.fixture(scope="module")
def worlds() -> CoalitionWorlds:
    design, knows = synthetic_design(3, states=12)
    return CoalitionWorlds(design, knows)


@pytest.fixture(scope="module")
def world(worlds):
    return worlds.world(np.random.default_rng(4))


def test_lists_say_no_more_of_a_contribution_than_they_can_know(worlds):
    kinds = np.resize([0, 1, 2], worlds.knows.size)
    least, most = worlds.bounds(kinds)
    assert ((least <= kinds) & (kinds <= most)).all()
    seen = {
        (KNOWS[w], int(k)): (int(a), int(b))
        for w, k, a, b in zip(worlds.knows, kinds, least, most, strict=True)
    }
    assert seen["kind", 1] == (1, 1)
    assert (seen["hundred", 0], seen["hundred", 1], seen["hundred", 2]) == ((0, 1), (0, 1), (2, 2))
    assert (seen["any", 0], seen["any", 1], seen["any", 2]) == ((0, 0), (1, 2), (1, 2))


def test_the_program_of_all_worlds_has_the_density_of_the_model_of_one(worlds, world):
    """The model as it is fitted, built on a world's data, at a world's truth."""
    coding = worlds.treaties.coding
    worlds_category = coding.category.copy()
    treaty, item = np.nonzero(worlds_category >= 0)
    start = np.concatenate([[0], np.cumsum([top - 1 for top in coding.levels])])[item]
    below, ends = world.data["answer_below"], len(coding.cuts)
    worlds_category[treaty, item] = np.where(below == ends, 0, below - start + 1)
    least, most = worlds.bounds(world.kinds)
    design = replace(worlds.design, ties=world.data["ties_seen"], least=least, most=most)
    # The provisions of a world may lack a category: its coding stays that of the program.
    coding = replace(coding, category=worlds_category)
    with patch("models.coalition.code_provisions", lambda *_, **__: coding):
        fitted = coalition_model(design)
    for name, value in world.data.items():
        worlds.model.set_data(name, value)
    point = fitted.initial_point(random_seed=1)
    # Term by term: there are more of them than NumPy adds at once.
    terms = [m.compile_logp(sum=False, mode=PLAIN)(point) for m in (fitted, worlds.model)]
    both = [sum(np.sum(term) for term in own) for own in terms]
    assert both[0] == pytest.approx(both[1], rel=1e-9)


def test_a_worlds_contributions_have_the_probabilities_of_its_predictor(worlds):
    """Over many worlds the kinds are as likely as the likelihood of their own predictor says."""
    difference, variance = 0.0, 0.0
    for seed in range(40):
        world = worlds.world(np.random.default_rng(seed))
        at = predictor(worlds.design, world.truth.isel(chain=0))
        rows = worlds.design.state.size
        some = np.exp(row_loglik(at["eta"][0], at["gap"][0], np.ones(rows, int), np.full(rows, 2)))
        difference += float(((world.kinds > 0) - some).sum())
        variance += float((some * (1 - some)).sum())
    assert abs(difference) < 4 * np.sqrt(variance)


def test_every_free_variable_is_ranked(worlds, world):
    found = worlds.quantities(world.truth)
    for variable in worlds.model.free_RVs:
        assert any(name.split(" ")[0] == variable.name for name in found)
    assert all(values.shape == (1,) and np.isfinite(values).all() for values in found.values())
    assert found["led UN minus placebo"] == pytest.approx(
        world.truth["slope"].values[0, :, 1, 0] - world.truth["slope"].values[0, :, 2, 0]
    )


def test_worlds_are_a_function_of_their_seed(worlds):
    one, two = (worlds.world(np.random.default_rng([7, 1])) for _ in range(2))
    assert (one.kinds == two.kinds).all()
    assert one.truth.equals(two.truth)
    assert isinstance(worlds.model, pm.Model)
