"""The pooled model of coalitions: its density against plain arithmetic, and what its effects are made of."""

from __future__ import annotations

import numpy as np
import pytensor.tensor as pt
import pytest
import xarray as xr
from pytensor.graph.replace import clone_replace
from scipy.special import expit

from models.coalition import MOVING, CoalitionDesign, coalition_model, loglik, signs
from models.modes import PLAIN
from tests.models.coalition_rows import row_loglik
from workflows.coalitions.effects import estimands, feedback, predictive_check, predictor
from workflows.coalitions.payments import extremes

KINDS = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (0, 2)]


def small_design(rows: int = 60, seed: int = 3) -> CoalitionDesign:
    """Twelve states, five operations of three groups, two controls, three treaties; no real data."""
    rng = np.random.default_rng(seed)
    kinds = np.array(KINDS)[rng.integers(0, len(KINDS), rows)]
    provisions = np.array(
        [[1, 0, 1, 0, 1, 0, 3, 0, 0], [0, 0, 0, 0, 0, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0, 0]]
    )
    return CoalitionDesign(
        state=rng.integers(0, 12, rows),
        operation=np.arange(rows) % 5,
        target=np.array([0, 0, 1, 2, 2]),
        group=np.array([0, 0, 1, 2, 2]),
        least=kinds[:, 0],
        most=kinds[:, 1],
        controls=rng.normal(size=(rows, 9)),
        within=rng.normal(size=rows),
        ties=rng.normal(size=(12, 4)),
        in_force=rng.random((rows, 3)) < 0.3,
        provisions=provisions.astype(float),
        names={
            "state": [f"s{k}" for k in range(12)],
            "operation": list("abcde"),
            "target": list("xyz"),
            "control": [
                *("affinity", "polity2", "log_gdppc", "log_cinc", "same_region", "contiguous"),
                *("target_representation", "common_language", "in_dispute"),
            ],
            "kind": ["igo", "alliances", "missions", "trade"],
            "treaty": ["A", "B", "C"],
        },
    )


@pytest.fixture(scope="module")
def design() -> CoalitionDesign:
    return small_design()


@pytest.fixture(scope="module")
def draws() -> xr.Dataset:
    """Random values of everything that the predictor is made of, two chains of three draws."""
    rng = np.random.default_rng(9)
    shapes = {
        "level": 3,
        "target_effect": 3,
        "operation_effect": 5,
        "breadth_slope": 5,
        "breadth": 12,
        "state_effect": 12,
        "state_coalition": 12,
        "treaty_depth": 3,
    }
    out = xr.Dataset(coords={"chain": [0, 1], "draw": [0, 1, 2]})
    for name, size in shapes.items():
        dim = {12: "state", 5: "operation"}.get(size, "treaty" if name == "treaty_depth" else f"{name}_dim")
        out[name] = (("chain", "draw", dim), rng.normal(size=(2, 3, size)))
    out["slope"] = (("chain", "draw", "group", "predictor"), rng.normal(size=(2, 3, 3, 1 + len(MOVING) + 9)))
    out["treaty_effect"] = (("chain", "draw", "frame", "treaty"), rng.normal(size=(2, 3, 2, 3)))
    out["gap"] = (("chain", "draw", "frame"), np.exp(rng.normal(size=(2, 3, 2))))
    return out


def test_the_log_likelihood_is_the_probability_of_a_kind_between_its_bounds(design):
    rng = np.random.default_rng(4)
    eta, gap = rng.normal(size=design.state.size), np.exp(rng.normal(size=design.state.size))
    known = signs(design.least, design.most)
    plain = row_loglik(eta, gap, design.least, design.most).sum()
    for given in (known, tuple(pt.as_tensor(one) for one in known)):
        ours = loglik(pt.as_tensor(eta), pt.as_tensor(gap), *given).eval(mode=PLAIN)
        assert float(ours) == pytest.approx(plain, rel=1e-10)


def test_the_three_kinds_have_probabilities_that_add_up_to_one():
    eta, gap = np.array([-1.3, 0.2, 4.0]), np.array([0.1, 1.5, 3.0])
    total = sum(np.exp(row_loglik(eta, gap, np.full(3, k), np.full(3, k))) for k in (0, 1, 2))
    assert total == pytest.approx(1.0)


def test_a_row_of_which_nothing_is_known_says_nothing():
    assert row_loglik(np.array([0.7]), np.array([1.0]), np.array([0]), np.array([2])) == pytest.approx(0.0)


def test_the_predictor_in_plain_arithmetic_is_that_of_the_model(design):
    """The model's potential at a point equals the plain likelihood of the plain predictor there."""
    model = coalition_model(design)
    rng = np.random.default_rng(5)
    values = {}
    for rv in model.free_RVs:
        shape = tuple(int(n) for n in rv.shape.eval())
        value = rng.normal(scale=0.4, size=shape)
        positive = any(end in rv.name for end in ("_sd", "spread", "gap", "anchor", "uniqueness"))
        values[rv.name] = np.exp(value) if positive else value
    wanted = [
        "target_effect",
        "operation_effect",
        "state_effect",
        "state_coalition",
        "breadth_slope",
        "treaty_effect",
    ]
    given = {rv: pt.constant(values[rv.name]) for rv in model.free_RVs}
    tensors = clone_replace([model[n] for n in (*wanted, "contribution_loglik")], given, rebuild_strict=False)
    found = [np.asarray(t.eval(mode=PLAIN)) for t in tensors]
    named = dict(zip(wanted, found[:-1], strict=True)) | {
        name: values[name] for name in ("level", "breadth", "treaty_depth", "slope", "gap")
    }
    one = xr.Dataset({n: (("draw", *(f"{n}{k}" for k in range(v.ndim))), v[None]) for n, v in named.items()})
    at = predictor(design, one)
    plain = row_loglik(at["eta"][0], at["gap"][0], design.least, design.most).sum()
    assert float(found[-1]) == pytest.approx(plain, rel=1e-8)


def test_without_outcome_the_model_measures_breadth_and_depth_alone(design):
    model = coalition_model(design, outcome=False)
    assert {rv.name for rv in model.free_RVs} >= {"breadth", "treaty_depth"}
    assert "slope" not in model.named_vars
    assert "contribution_loglik" not in model.named_vars


def test_an_effect_is_the_mean_change_of_probability_over_a_groups_rows(design, draws):
    found = estimands(design, draws)
    one = draws.sel(chain=1)
    at = predictor(design, one)
    rows = design.row_group == 2
    change = expit(at["eta"] + at["breadth"]) - expit(at["eta"])
    assert found["any:breadth_between"].values[1, :, 2] == pytest.approx(change[:, rows].mean(axis=1))
    gap = at["gap"]
    large = expit(at["eta"] + at["breadth"] - gap) - expit(at["eta"] - gap)
    assert found["hundred:breadth_between"].values[1, :, 2] == pytest.approx(large[:, rows].mean(axis=1))
    slope = draws["slope"].values
    assert found["log_odds:led_un_minus_placebo"].values == pytest.approx(
        slope[:, :, 1, 0] - slope[:, :, 2, 0]
    )


def test_the_check_compares_only_what_an_operations_lists_can_speak_for(design, draws):
    import pandas as pd

    covers = pd.DataFrame(
        {"any": [True, False, True, False, True], "hundred": [True] * 4 + [False]}, list("abcde")
    )
    table = predictive_check(design, draws, covers, seed=1)
    pairs = set(zip(table["operation"], table["outcome"], strict=True))
    assert pairs == {(n, o) for n in "abcde" for o in ("any", "hundred") if covers.loc[n, o]}
    a = table[(table["operation"] == "a") & (table["outcome"] == "any")].iloc[0]
    assert a["observed"] == (design.least[design.operation == 0] >= 1).sum()


def test_feedback_is_counted_in_the_sds_of_measurement_alone(design, draws):
    table = feedback(design, draws, draws + 1.0)
    assert len(table) == 12 + 3
    assert (table["moved"] * table["alone_sd"]).to_numpy() == pytest.approx(1.0)


def test_bounds_on_payments_are_those_of_every_way_to_settle_who_was_paid():
    from itertools import product

    rng = np.random.default_rng(2)
    for _ in range(20):
        certain, open_ = rng.random(3), rng.random(6)
        every = []
        for paid in product([True, False], repeat=6):
            mask = np.array(paid)
            if not mask.all():
                every.append(np.concatenate([certain, open_[mask]]).mean() - open_[~mask].mean())
        assert extremes(certain, open_) == pytest.approx((min(every), max(every)))


def test_without_anybody_unpaid_there_is_nothing_to_compare():
    assert np.isnan(extremes(np.array([0.4]), np.array([]))).all()
