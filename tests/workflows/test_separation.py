"""Separation and collinearity are read off the rows, not off how far an optimiser came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from data.common.errors import InputError
from workflows.published import engines
from workflows.published.design import collinear, refuse_vanishing
from workflows.published.engines import random_effects_logit
from workflows.published.engines._separation import separates_within, separation
from workflows.published.frequentist import estimate

PANEL = pd.read_csv(Path(__file__).resolve().parent / "r_engines" / "panel.csv")
SIGN = np.where(PANEL["sent"] == 1, 1.0, -1.0)
BINARY = ("logit", "gee", "random_effects_logit", "fixed_effects_logit")


def _with_constant(frame: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    return frame[terms].astype(float).assign(intercept=1.0)[["intercept", *terms]]


@pytest.mark.parametrize("engine", BINARY)
def test_a_term_that_tells_yes_from_no_is_refused_by_name(engine):
    frame = PANEL.assign(tell=SIGN * (1 + PANEL["similarity"].abs()))
    with pytest.raises(InputError, match=r"tell (separates yes from no|orders yes and no)"):
        estimate(frame, "sent", ["tell", "similarity"], engine=engine, unit="unit")


@pytest.mark.parametrize("engine", BINARY)
def test_terms_that_tell_only_together_are_refused_together(engine):
    """Neither half orders the outcome; their sum does."""
    noise = 5 * np.sin(np.arange(len(PANEL)))
    frame = PANEL.assign(first=SIGN + noise, second=SIGN - noise)
    with pytest.raises(InputError, match="first, second together separate yes from no"):
        estimate(frame, "sent", ["ally", "first", "second"], engine=engine, unit="unit")


def test_a_search_for_the_maximum_is_not_begun_where_there_is_none(monkeypatch):
    monkeypatch.setattr(random_effects_logit.optimize, "minimize", lambda *_, **__: pytest.fail("searched"))
    frame = PANEL.assign(tell=SIGN * (1 + PANEL["similarity"].abs()))
    with pytest.raises(InputError, match="separates"):
        estimate(frame, "sent", ["tell"], engine="random_effects_logit", unit="unit")


@pytest.mark.parametrize(
    ("values", "terms"),
    [
        ([0, 1, 2, 3, 4, 5], ("x",)),  # apart
        ([0, 1, 3, 3, 4, 5], ("x",)),  # one value has both outcomes, at the border
        ([0, 3, 1, 2, 4, 5], None),  # interleaved
    ],
)
def test_the_verdict_is_that_of_albert_and_anderson(values, terms):
    x = pd.DataFrame({"intercept": 1.0, "x": np.array(values, float)})
    assert separation(x, np.array([0.0, 0, 0, 1, 1, 1])) == terms


@pytest.mark.parametrize("seed", range(6))
def test_one_row_on_the_wrong_side_makes_a_maximum(seed):
    """The verdict turns with a row, and where there is no separation the estimate solves its equations."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"intercept": 1.0, "a": rng.normal(size=80), "b": 1e6 * rng.normal(size=80)})
    line = x["a"] + x["b"] / 1e6
    y = (line > 0.1).to_numpy(float)
    assert separation(x, y) is not None
    wrong = int(line.idxmax())
    y[wrong] = 0.0
    assert separation(x, y) is None
    fit = estimate(x.assign(y=y), "y", ["a", "b"], engine="logit")
    p = 1 / (1 + np.exp(-x.to_numpy() @ fit.terms["estimate"].to_numpy()))
    assert np.abs((x / x.abs().max()).T.to_numpy() @ (y - p)).max() < 1e-8


def test_units_have_thresholds_of_their_own_in_a_conditional_logit():
    unit = pd.Series(np.repeat([1, 2, 3], 4), name="unit")
    x = pd.DataFrame({"x": [0, 1, 2, 3, 10, 11, 12, 13, -5, -4, -3, -2.0]})
    y = np.array([0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1.0])
    assert separation(x.assign(intercept=1.0), y) is None
    assert separation(x, y, unit) == ("x",)


def test_intercepts_whose_sd_has_no_maximum_are_refused_and_do_not_overflow():
    """Every unit keeps to one answer over all its rows: the SD of intercepts goes to its bound."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(40), 200), "x": rng.normal(size=8000)})
    frame["y"] = (frame["unit"] % 2).astype(float)
    with np.errstate(over="raise"), pytest.raises(InputError, match="whose SD has no maximum"):
        estimate(frame, "y", ["x"], engine="random_effects_logit", unit="unit")


def test_intercepts_that_do_not_vary_are_refused():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(30), 20), "x": rng.normal(size=600)})
    # Ten yeses in every unit: less spread than chance.
    frame["y"] = np.tile(np.r_[np.ones(10), np.zeros(10)], 30)
    with pytest.raises(InputError, match="intercepts of unit that do not vary"):
        estimate(frame, "y", ["x"], engine="random_effects_logit", unit="unit")


def _squared() -> pd.DataFrame:
    return PANEL.assign(t=PANEL["year"].astype(float), t2=PANEL["year"] ** 2.0)


def _outcome(engine: str) -> str:
    return {"number": "share", "binary": "sent", "count": "count"}[engines.get(engine).outcome]


@pytest.mark.parametrize("engine", engines.names())
def test_year_and_its_square_are_estimated_as_on_centred_years(engine):
    frame = _squared()
    middle = frame["t"].mean()
    centred = frame.assign(t=frame["t"] - middle, t2=(frame["t"] - middle) ** 2)
    terms = ["potential", "t", "t2"]
    raw, right = (estimate(f, _outcome(engine), terms, engine=engine, unit="unit") for f in (frame, centred))
    for term in ("potential", "t2"):
        for column in ("estimate", "std_error"):
            # GEE stops by its own tolerance.
            assert raw.of(term)[column] == pytest.approx(right.of(term)[column], rel=1e-5)


def test_a_constant_beside_a_column_of_1e15_is_not_lost():
    x = PANEL["potential"] * 1e15
    right = sm.OLS(PANEL["share"], sm.add_constant(PANEL["potential"])).fit().params
    fit = estimate(PANEL.assign(x=x), "share", ["x"])
    assert fit.of("intercept")["estimate"] == pytest.approx(right["const"], rel=1e-9)
    assert fit.of("x")["estimate"] == pytest.approx(right["potential"] / 1e15, rel=1e-9)


@pytest.mark.parametrize(("left", "gone"), [(3e-7, False), (3e-8, True)])
def test_the_tolerance_is_that_of_lm(left, gone):
    """R 4's qr(): a column with less than 1e-7 of its norm outside the columns before it is dropped."""
    rng = np.random.default_rng(2)
    basis = np.linalg.qr(np.column_stack([np.ones(100), rng.normal(size=(100, 2))]))[0]
    x = pd.DataFrame({"intercept": basis[:, 0], "a": basis[:, 1]})
    x["b"] = basis[:, 0] + basis[:, 1] + left * np.sqrt(2) * basis[:, 2]
    assert ("b" in collinear(x)) == gone
    unit = pd.Series(np.arange(100) // 2, name="unit")
    flat = pd.DataFrame({"a": 1.0 + left * np.tile([1, -1], 50)})
    if gone:
        with pytest.raises(InputError, match="a constant within every unit"):
            refuse_vanishing(flat, unit, "unit")
    else:
        refuse_vanishing(flat, unit, "unit")


@pytest.mark.parametrize(
    ("values", "y", "separates"),
    [
        # 0.1 + 0.2 is 0.3 but for its last digit: a tie at the border.
        ([0.3, 0.5, 0.1 + 0.2, 0.1, 2.0, 1.0], [1, 1, 0, 0, 1, 0], True),
        # Far apart beside each other, near beside a thousand million.
        ([1e9, 1e9 + 0.5, 1e9 + 0.6, 1.0], [1, 0, 1, 0], False),
    ],
)
def test_ties_at_the_border_of_yes_and_no_are_those_of_the_last_digits(values, y, separates):
    codes = np.array([0, 0, 0, 0, 1, 1][: len(y)])
    assert separates_within(np.array(values), np.array(y), codes) is separates
