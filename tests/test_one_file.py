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

from data import readers
from data.assembly.spec import parse_spec
from data.common.found import parts
from data.common.ledger import Ledger
from data.sources import official_files
from data.sources import registry as sources
from data.tables.reading import official
from data.variables.official import Variables
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
    from workflows.published.frequentist import FrequentistFit, Regression, tidy

    def median(asked: Regression, *, weights: Column | None = None) -> FrequentistFit:
        laid = design(asked.frame, asked.outcome, asked.terms, complete_on=asked.complete_on)
        found = QuantReg(laid.y, laid.x).fit()
        table, covariance = tidy(list(laid.x), found.params, found.cov_params(), asked.level, None)
        return FrequentistFit("median", asked.errors, table, covariance, len(laid.y), 0)

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


CONFLICTS = """
    title = "Conflicts by location"
    version = "1"
    address = "https://example.org"
    licence = "none stated"
    citation = "Nobody (2020)."
    unit_of_observation = "state and year"
    allows = "conflict at home as a control"
    files = [{ path = "conflicts/conflicts.csv", table = "conflicts.state_year", version = "1" }]

    [tables.state_year]
    about = "one row a state and year"
    key = ["ccode", "year"]
    [tables.state_year.columns]
    ccode = { from = "gwno_loc", type = "ccode", required = true, about = "state" }
    year = { type = "year", required = true, about = "calendar year" }
    deaths = { from = "best", type = "integer", low = 1, unit = "deaths", about = "best estimate" }

    [controls.log_deaths]
    table = "conflicts.state_year"
    column = "deaths"
    log = true
    unit = "log(deaths)"
    about = "log of battle deaths at home"
"""


@pytest.fixture
def added_source(tmp_path, monkeypatch):
    """Put a source's file into the folder of sources, as the only thing that is done."""
    kept = (sources.registry, sources.file_of, sources._by_place, readers.reader)
    kept = (*kept, official_files.declared, official_files.controls)

    def forget():
        for found in kept:
            found.cache_clear()

    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "conflicts.toml").write_text(dedent(CONFLICTS), encoding="utf-8")
    monkeypatch.setattr(sources, "FOLDERS", [*sources.FOLDERS, tmp_path / "sources"])
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def test_a_source(added_source):
    (added_source / "conflicts").mkdir()
    (added_source / "conflicts" / "conflicts.csv").write_text("gwno_loc,year,best\n200,2010,25\n220,2010,\n")
    assert official(added_source, "conflicts.state_year")["deaths"].sum() == 25
    assert official_files.controls()["log_deaths"] == ("log(deaths)", "log of battle deaths at home")
    spec = parse_spec({"source": "official", "controls": ["log_deaths"]})
    cells = pd.DataFrame({"operation": "ISAF", "leader": 2.0, "ccode": [200.0, 220.0], "year": 2010.0})
    theatre = pd.DataFrame({"operation": ["ISAF"], "ccode": [700.0]})
    variables = Variables(spec, added_source, cells, theatre, Ledger())
    found = variables.controls(pd.DataFrame(), pd.DataFrame())
    assert found["log_deaths"].to_numpy() == pytest.approx([np.log(25), np.nan], nan_ok=True)
    assert variables.words()["log_deaths"]["source"] == "conflicts.csv"


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
        nothing = dataclasses.replace(drawn, pictures=lambda _: iter(()))
        monkeypatch.setattr(import_module(f"workflows.pages.pictures.{name}"), "DRAWN", nothing)
    added(pictures, "clouds", CLOUDS)
    ((section, picture),) = pictures.pictures(SimpleNamespace())
    assert (section, picture.name) == ("ranks", "clouds")
