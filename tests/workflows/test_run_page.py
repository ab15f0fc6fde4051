"""The page of a real run, looked at in a browser; the tables that it leaves for a paper."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from bs4 import BeautifulSoup

from data.panel import build_panel
from figures.words import decimal
from tests.workflows.browser import browser, missing
from workflows.run.tables import citations, estimates, to_stata
from workflows.spec.run import load_spec

_TOO_WIDE = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
_MISSING = "return [...document.querySelectorAll('img')].filter(i => i.src && (!i.complete || !i.naturalWidth)).length"
_NAMELESS = "return [...document.querySelectorAll('figure img')].filter(i => !i.alt.trim()).length"
_CAPTIONS = (
    "return [...document.querySelectorAll('caption span')].filter("
    "s => s.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length"
)


def test_estimates_are_those_of_the_population():
    random = np.random.default_rng(1)
    draws = xr.Dataset(
        {
            "size_control": (("chain", "draw", "control"), random.normal(1.0, 0.1, (4, 500, 2))),
            "precision": (("chain", "draw"), random.normal(5.0, 1.0, (4, 500))),
            "fixed": (("chain", "draw"), np.ones((4, 500))),
            "size_state": (("chain", "draw", "state"), random.normal(size=(4, 500, 3))),
            "size_slope_raw": (("chain", "draw", "operation"), random.normal(size=(4, 500, 2))),
        },
        {"control": ["a", "b"], "state": ["x", "y", "z"], "operation": ["p", "q"]},
    )
    table = estimates(draws)
    assert list(table["parameter"]) == ["size_control", "size_control", "precision", "fixed"]
    assert list(table["of"]) == ["a", "b", "", ""]
    first = table.iloc[0]
    assert first["median"] == pytest.approx(1, abs=0.02)
    assert first["sd"] == pytest.approx(0.1, abs=0.01)
    assert first["upper"] - first["lower"] == pytest.approx(0.392, abs=0.03)
    assert first["r_hat"] < 1.01
    assert first["ess_bulk"] > 400


def test_stata_reads_back_names_numbers_text_and_gaps(tmp_path):
    frame = pd.DataFrame(
        {
            "a name longer than Stata's thirty-two characters": [1.5, np.nan],
            "text": ["Côte d'Ivoire", None],
            "yes": [True, False],
        }
    )
    to_stata(frame, tmp_path / "t.dta")
    back = pd.read_stata(tmp_path / "t.dta")
    assert back.iloc[0, 0] == 1.5
    assert np.isnan(back.iloc[1, 0])
    assert list(back["text"]) == ["Côte d'Ivoire", ""]
    assert list(back["yes"]) == [1, 0]


def test_every_list_and_table_of_a_panel_is_cited():
    panel = build_panel("bundled")
    found = citations(panel)
    assert set(map(str, np.unique(panel["row_list"]))) <= set(found["citation"])
    assert {"bundled table armed_forces", "bundled table population_gdp"} <= set(found["what"])
    assert (found["citation"] != "").all()


def test_every_correction_has_its_states_and_its_effect(shared_data):
    from data.studies.corrections import CORRECTIONS
    from workflows.published.headline import headline_rows
    from workflows.published.quality import quality_table

    headline = headline_rows(shared_data)
    headline = headline[(headline["model"] == "All Controls") & (headline["errors"] == "classical")]
    found = quality_table(shared_data, headline)
    assert len(found) == len(CORRECTIONS)
    assert (found["cells"] > 0).all()
    assert found["which"].iloc[0].count(",") >= 3
    assert len(set(found["before"])) == 1
    assert found["after"].notna().all()
    assert quality_table(None, headline).empty


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    from workflows.run.run import run

    out = tmp_path_factory.mktemp("results")
    spec = load_spec("bundled", chains=4, tune=150, draws=120)
    potential = spec.model.potential.model_copy(update={"kind": "residual"})
    spec = spec.model_copy(update={"model": spec.model.model_copy(update={"potential": potential})})
    return run(spec, out)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_flag_that_a_stage_raised_is_missing_at_the_top(outcome):
    page = BeautifulSoup(outcome.report.read_text(encoding="utf-8"), "html.parser")
    raised = [
        notice
        for stage in outcome.folder.rglob("stage.json")
        for notice in json.loads(stage.read_text(encoding="utf-8"))["about"].get("notices", ())
    ]
    assert raised
    top = page.find("header").text.replace("\N{NO-BREAK SPACE}", " ")
    for notice in raised:
        # A list stands in lines of its own on both.
        told = notice["text"].replace("`", "").splitlines()
        assert all(line.removeprefix("- ") in top for line in told)
        assert page.find(class_="failed") or notice["kind"] in page.find(class_="verdict").text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_each_operation_stands_beside_its_separate_fit_in_outcome_page_gate_and_appendix(outcome):
    table, page = outcome.separate, BeautifulSoup(outcome.report.read_text(encoding="utf-8"), "html.parser")
    assert len(table) == len(build_panel("bundled")["operation"])
    assert np.isfinite(table[["joint", "separate"]]).all().all()
    assert page.find(id="comparison").find("img", alt=re.compile("fit of its own"))
    assert "Each operation in the joint model and alone" in page.find(id="comparison").text
    line = page.find(id="gate").find(string=re.compile("separate fits of operations")).find_parent("tr").text
    assert ("flagged" in line) == bool(table["flagged"].any())
    assert "separate fits of operations" in (outcome.folder / "tables" / "appendix.md").read_text(
        encoding="utf-8"
    )
    told = [notice for notice in outcome.notices if notice.kind == "separate fits"]
    assert len(told) == int(table["flagged"].sum())
    assert all(notice.text in page.find(class_="notices").text for notice in told)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_page_says_which_potential_it_uses_and_holds_what_a_paper_needs(outcome):
    page = BeautifulSoup(outcome.report.read_text(encoding="utf-8"), "html.parser")
    assert "(residual)" in page.find(class_="summary").text
    assert "does not explain" in page.find(id="model").text
    assert (
        "coalition run bundled.toml " in page.find(id="reproduce").pre.text
    )  # its potential is not the bundled one
    assert 'kind = "residual"' in page.find(id="reproduce").find_all("pre")[1].text
    tables = outcome.folder / "tables"
    names = {path.name for path in tables.iterdir()} - {"stage.json"}
    assert names == {
        "estimates.csv", "estimates.dta", "headline.csv", "headline.dta", "sources.csv", "appendix.md",
        "quality.csv", "disagreements.csv",
    }  # fmt: skip
    written = pd.read_csv(tables / "estimates.csv")
    cells = page.find(id="estimates").find_all("td", attrs={"data-column": "median"})
    assert sorted(float(c["data-value"]) for c in cells) == sorted(written["median"])
    assert len(pd.read_stata(tables / "headline.dta")) == len(outcome.headline)
    appendix = (tables / "appendix.md").read_text(encoding="utf-8")
    assert page.find(id="appendix").pre.text.strip() == appendix.strip()
    for part in ("## Model", "## Priors", "## Sampling and diagnostics", "## Headline effect"):
        assert part in appendix
    for row in outcome.headline.query("group == 'posterior'").itertuples():
        assert decimal(row.headline, 1) in appendix


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(missing() is not None, reason=missing() or "")
@pytest.mark.parametrize(("width", "mobile"), [(1300, False), (390, True)])
def test_in_a_browser_nothing_is_missing_cut_or_nameless(outcome, width, mobile, tmp_path):
    with browser(width, 900, mobile=mobile) as window:
        window.open(outcome.report)
        window.click("[data-all=open]")
        assert window.run(_MISSING) == 0
        assert window.run(_NAMELESS) == 0
        assert window.run(_TOO_WIDE) <= 0
        assert window.run(_CAPTIONS) == 0
        assert window.log() == []
        shot = Path(os.environ.get("COALITION_SCREENSHOTS", tmp_path)) / f"run-{width}.png"
        window.screenshot(shot, whole=True)
        assert shot.stat().st_size > 50_000


@pytest.mark.parametrize(("lower", "passed", "said"), [
    (-448.0, True, "the sign is clear"), (-448.0, False, "they settle nothing"), (60.0, True, "do not settle"),
])  # fmt: skip
def test_a_failed_run_settles_no_sign(lower, passed, said):
    from workflows.pages.page import _sure

    row = SimpleNamespace(lower=min(lower, -115.0), upper=max(lower, -115.0))
    assert said in _sure(row, passed)
    assert ("sign is clear" in _sure(row, passed)) == (said == "the sign is clear")
