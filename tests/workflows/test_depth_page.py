"""The page of a measurement: every figure and table there, information that is that of the model, ties by year."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import xarray as xr
from bs4 import BeautifulSoup
from scipy.stats import norm

from data.variables.measures import measurement_table
from workflows.depth.measure import MeasureSpec, fit_table
from workflows.depth.page import depth_page, information, ties_table


@pytest.fixture(scope="module")
def measured():
    """The bundled treaties, measured with few draws."""
    spec = MeasureSpec(source="bundled", model="graded", tune=300, draws=200)
    return fit_table(spec, measurement_table("bundled", None))


@pytest.mark.filterwarnings("ignore")
def test_the_page_shows_loadings_information_fit_scores_ties_and_a_map(measured):
    page: Any = BeautifulSoup(depth_page(measured), "html.parser")
    names = [figure["data-name"] for figure in page.find_all("figure")]
    assert names == ["loadings", "information", "scores", "ties", "map"]
    assert all(
        figure.find("source") and len(figure.figcaption.text) > 60 for figure in page.find_all("figure")
    )
    tables = {table["data-source"] for table in page.find_all("table")}
    assert tables == {"loadings.csv", "scores.csv", "depth.nc"}
    assert "Not shown: " in page.find("figure", {"data-name": "ties"}).text
    assert len(page.find("table", {"data-source": "scores.csv"}).tbody.find_all("tr")) == len(measured.table)


def test_information_is_the_inverse_variance_that_a_provision_alone_would_give(measured):
    draws = measured.draws["posterior"].to_dataset().isel(chain=[0], draw=[0])
    one = dataclasses.replace(measured, draws=xr.DataTree.from_dict({"posterior": draws}))
    grid = np.linspace(-1.0, 2.0, 7)
    found = information(one, grid)
    name = str(draws["provision"].values[0])
    loading = float(draws["loading"].values.ravel()[0])
    labels = draws[draws["threshold"].dims[-1]].values
    cuts = [
        float(t) * np.sqrt(1 + loading**2)
        for t, label in zip(draws["threshold"].values.ravel(), labels, strict=True)
        if str(label).startswith(f"{name}>=")
    ]

    def chances(depth: float) -> np.ndarray:
        above = np.array([1.0, *(norm.cdf(loading * depth - cut) for cut in cuts), 0.0])
        return above[:-1] - above[1:]

    # By its definition: the expected square of the score, the score by differences.
    step = 1e-5
    known = [
        float(
            (chances(d) * ((np.log(chances(d + step)) - np.log(chances(d - step))) / (2 * step)) ** 2).sum()
        )
        for d in grid
    ]
    mine = found[found["provision"] == name]
    np.testing.assert_allclose(mine["median"], known, rtol=1e-4, atol=1e-8)
    assert (mine["lower"] == mine["upper"]).all()


def test_ties_are_those_of_the_treaties_in_force(measured):
    ties = ties_table(measured, None)
    depth = measured.draws["posterior"]["score"].median(("chain", "draw"))
    belgium = ties[(ties["ccode"] == 211) & (ties["year"] == 1960)].iloc[0]
    assert belgium["treaty"] == "NATO"
    # Every eighth draw is used.
    assert belgium["median"] == pytest.approx(float(depth.sel(treaty="NATO")), abs=0.2)
    assert not ((ties["ccode"] == 211) & (ties["year"] < 1949)).any()
    assert 2 not in set(ties["ccode"])


@pytest.mark.filterwarnings("ignore")
def test_without_members_the_page_says_what_would_bring_ties(measured):
    other = dataclasses.replace(measured, spec=measured.spec.model_copy(update={"source": "atop"}))
    page: Any = BeautifulSoup(depth_page(other), "html.parser")
    assert "--data DIR" in page.find(id="ties").text
    assert page.find("figure", {"data-name": "map"}) is None
