"""Every frequentist engine against R on one simulated panel (stored output of benchmarks/r_engines)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from workflows.published.frequentist import estimate

FOLDER = Path(__file__).resolve().parent / "r_engines"
PANEL = pd.read_csv(FOLDER / "panel.csv")
R = pd.read_csv(FOLDER / "r_output.csv")
THREE = ["potential", "similarity", "ally"]
CALLS = {
    "ols": ("share", THREE, {"engine": "ols"}),
    "fixed_effects": ("share", THREE, {"engine": "fixed_effects"}),
    "logit": ("sent", THREE, {"engine": "logit"}),
    "logit_year": ("sent", THREE, {"engine": "logit", "dummies": "year"}),
    "fixed_effects_logit": ("sent", THREE, {"engine": "fixed_effects_logit"}),
    "gee_independence": ("sent", THREE, {"engine": "gee", "structure": "independence"}),
    "gee_exchangeable": ("sent", THREE, {"engine": "gee", "structure": "exchangeable"}),
    "random_effects_logit": ("sent", THREE, {"engine": "random_effects_logit"}),
    "zero_inflated_poisson": (
        "count",
        ["potential", "ally"],
        {"engine": "zero_inflated_poisson", "inflate": ["similarity"]},
    ),
}
CASES = sorted({(r.engine, r.errors) for r in R.itertuples() if r.errors != "statistic"})


def fit(engine: str, errors: str):
    outcome, terms, options = CALLS[engine]
    return estimate(PANEL, outcome, terms, errors=errors, unit="unit", **options)


@pytest.mark.parametrize(("engine", "errors"), CASES)
def test_estimates_agree_with_r_to_1e_6_and_standard_errors_to_1e_4(engine, errors):
    mine = fit(engine, errors).terms.set_index("term")
    theirs = R[(R["engine"] == engine) & (R["errors"] == errors)].set_index("term")
    for term, row in theirs.iterrows():
        assert mine.loc[term, "estimate"] == pytest.approx(row["estimate"], rel=1e-6, abs=1e-6), term
        assert mine.loc[term, "std_error"] == pytest.approx(row["std_error"], rel=1e-4, abs=1e-12), term


@pytest.mark.parametrize("engine", sorted(R.loc[R["errors"] == "statistic", "engine"].unique()))
def test_fit_statistics_agree_with_r(engine):
    found = fit(engine, "classical")
    values = found.statistics | dict(zip(found.terms["term"], found.terms["estimate"], strict=True))
    rows = R[(R["engine"] == engine) & (R["errors"] == "statistic")]
    for row in rows.itertuples():
        assert values[row.term] == pytest.approx(row.estimate, rel=1e-6), row.term
