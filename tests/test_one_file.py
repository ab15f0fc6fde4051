"""A new part is one file: put into its folder's discovery path, it is there, and nothing else has to know of it."""

from __future__ import annotations

import sys
from textwrap import dedent

import pandas as pd
import pytest

from workflows import engines
from workflows.frequentist import estimate


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Put a file into a package's folder, as the only thing that is done."""
    made = []

    def add(package, name: str, content: str) -> None:
        (tmp_path / f"{name}.py").write_text(dedent(content), encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
        made.append(f"{package.__name__}.{name}")

    yield add
    for name in made:
        sys.modules.pop(name, None)


MEDIAN = """
    from statsmodels.regression.quantile_regression import QuantReg
    from workflows.design import design
    from workflows.engines._estimator import Column, Estimator
    from workflows.frequentist import Fit, Regression, tidy

    def median(asked: Regression, *, weights: Column | None = None) -> Fit:
        laid = design(asked.frame, asked.outcome, asked.terms, complete_on=asked.complete_on)
        found = QuantReg(laid.y, laid.x).fit()
        table, covariance = tidy(list(laid.x), found.params, found.cov_params(), asked.level, None)
        return Fit("median", asked.errors, table, covariance, len(laid.y), 0)

    ESTIMATOR = Estimator(median, outcome="number", no_twin="not a twin: it has no likelihood")
"""


def test_an_estimator(added):
    added(engines, "median", MEDIAN)
    assert "median" in engines.names()
    assert "weights" in engines.columns()
    assert set(engines.options("median").model_fields) == {"weights"}
    rows = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 4.0], "y": [0.0, 1.0, 2.0, 3.0, 40.0]})
    assert estimate(rows, "y", ["x"], engine="median").of("x")["estimate"] == pytest.approx(1, abs=1e-3)
