"""A new part is one file: put into its folder's discovery path, it is there, and nothing else has to know of it."""

from __future__ import annotations

import dataclasses
import re
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.found import parts
from models import likelihoods, outcomes
from workflows.estimands.headline import per_unit
from workflows.pages import pictures, sections
from workflows.published import engines
from workflows.published.frequentist import estimate
from workflows.run.stages import _registry


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
    from workflows.published.design import design
    from workflows.published.engines._estimator import Column, Estimator
    from workflows.published.frequentist import Fit, Regression, tidy

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


WEATHER = """
    from workflows.pages.blocks import text
    from workflows.pages.sections._section import Section

    SECTION = Section(55, "The weather", lambda run: [text(run.weather)], stages=("panel", "weather"))
"""


def test_a_section_of_the_page(added):
    before = [*sections.whole()]
    added(sections, "weather", WEATHER)
    after = [*sections.whole()]
    assert [name for name in after if name != "weather"] == before
    assert after[after.index("weather") - 1] == "potential"
    assert "weather" in sections.stages()
    shown = sections.whole()["weather"].of(SimpleNamespace(weather="Rain."), "weather")
    assert shown == {
        "id": "weather",
        "title": "The weather",
        "open": True,
        "blocks": [{"kind": "text", "text": "Rain."}],
    }


@pytest.mark.parametrize("name", sections.whole())
def test_a_section_reads_the_stages_that_it_names(name):
    """What a section's file asks the run for is part of the page's key."""
    path = Path(sections.__file__).with_name(f"{name}.py")
    section = sections.whole()[name]
    asked = set(re.findall(r'run\.stage\("(\w+)"\)', path.read_text(encoding="utf-8")))
    asked |= {"figures"} if "figures(run, " in path.read_text(encoding="utf-8") else set()
    assert asked <= {*section.stages, "separate"}
    assert set(section.stages) <= set(_registry.names())
    places = [other.place for other in sections.whole().values()]
    assert len(set(places)) == len(places)


LOG_TROOPS = """
    import numpy as np
    from models.outcomes._explained import Explained

    OUTCOME = Explained(
        "log_troops",
        "log troops",
        observed=lambda outcome, _: np.log1p(outcome.troops),
        persons=lambda logged, *_: np.expm1(logged),
    )
"""


def test_an_outcome(added):
    added(outcomes, "log_troops", LOG_TROOPS)
    likelihood = dataclasses.replace(likelihoods.get("gaussian"), outcome="log_troops")
    found = outcomes.explained(likelihood)
    troops = np.array([0.0, 100.0])
    seen = found.observed(likelihoods.Outcome(troops, troops + 1e4, troops / (troops + 1e4)), likelihood)
    assert found.persons(seen, None, likelihood) == pytest.approx(troops)
    assert per_unit(likelihood) == 1


@pytest.mark.parametrize("name", likelihoods.names())
def test_what_is_seen_of_an_outcome_is_that_many_troops(name):
    """Outcomes turned into persons and back are themselves, whatever the likelihood explains."""
    likelihood = likelihoods.get(name)
    found = outcomes.explained(likelihood)
    troops, forces = np.array([0.0, 3.0, 2000.0]), np.array([10.0, 3.0, 1e6])
    seen = found.observed(likelihoods.Outcome(troops, forces, troops / forces), likelihood)
    persons = found.persons(seen, forces, likelihood)
    again = found.observed(likelihoods.Outcome(persons, forces, persons / forces), likelihood)
    assert again == pytest.approx(seen)
    assert (found.name, seen.max() <= 1) == (likelihood.outcome, found.of_forces or not found.amount)


CLOUDS = """
    from functools import partial
    import pandas as pd
    from matplotlib.figure import Figure
    from workflows.pages.pictures._picture import Drawn, Picture

    def clouds(run):
        yield Picture("clouds", "Clouds", Figure, "Clouds of the day.", pd.DataFrame({"cloud": [1]}))

    DRAWN = Drawn(65, "ranks", clouds)
"""


def test_a_figure_that_a_run_draws(added, monkeypatch):
    for name in parts(pictures.__path__):
        drawn = import_module(f"workflows.pages.pictures.{name}").DRAWN
        assert drawn.section in sections.whole()
        nothing = dataclasses.replace(drawn, pictures=lambda run: iter(()))
        monkeypatch.setattr(import_module(f"workflows.pages.pictures.{name}"), "DRAWN", nothing)
    added(pictures, "clouds", CLOUDS)
    ((section, picture),) = pictures.pictures(SimpleNamespace())
    assert (section, picture.name) == ("ranks", "clouds")
