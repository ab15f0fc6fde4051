"""Priors, support and the depth of no treaty are stages of a run; page, JSON and terminal show them."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from rich.console import Console

from models.given import Given
from models.joint import joint
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from tests.workflows.pretend_run import pretend_run
from workflows.commands.support import show_support
from workflows.estimands import baselines, checks
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.pages.sections import priors as priors_section
from workflows.pages.sections import support as support_section
from workflows.pages.support_tables import support_json, support_tables
from workflows.spec.run import RunSpec
from workflows.store.notices import raised
from workflows.store.store import Store


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Draws of the prior in place of a run's posterior, whose weights count as good: nothing is sampled."""
    model = {"depth": {"measurement": "plug-in"}, "contribution": {"slope_varies": False}}
    spec = RunSpec(name="simulated", model=ModelSpec.model_validate(model))
    panel, truth = simulate(spec.model, SMALL, seed=7)
    built = joint(panel, spec.model, Given(truth["treaty_depth"].to_numpy()))
    draws = checks.prior_draws(built, 40, seed=2)
    slope = draws["participation_slope_mean"]
    far = draws.assign(participation_slope_mean=slope * 0 + 4.5 * float(slope.std()))
    fit = Fit(built, xr.DataTree.from_dict({"posterior": far}))
    alone = xr.Dataset(
        {
            "loading": (("chain", "draw", "provision_informative"), np.ones((1, 4, 2))),
            "threshold": (("chain", "draw", "threshold_cut"), np.zeros((1, 4, 2))),
        },
        {"threshold_cut": ["a>=1", "b>=1"]},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "trusted", lambda *_: True)
        made = pretend_run(
            spec=spec, panel=panel, joint=built, fit=fit, alone=alone,
            effect=headline_effect(fit, step=0.25), store=Store(tmp_path_factory.mktemp("run")),
        )  # fmt: skip
        support_tables(made)
        yield made


def test_stages_are_kept_and_the_second_time_found(run):
    names = ("spec", "panel", "joint", "fit", "alone", "effect")
    again = pretend_run(**{k: getattr(run, k) for k in names}, store=Store(run.store.folder))
    tables = support_tables(again)
    assert all(stage.cached for stage in again.store.stages)
    assert list(tables) == ["prior_shift", "support", "baselines"]
    assert set(tables["baselines"]["label"]) == {"as declared", "-1", "empty treaty"}
    assert set(tables["baselines"]["how"]) == {"as declared", "reweighted"}


def test_a_prior_far_from_its_data_and_rows_out_of_reach_are_raised(run):
    texts = {notice.kind: notice.text for notice in raised(run.store.stages)}
    assert "participation slope mean +" in texts["prior against data"]
    assert "attainable for" in texts["support of H"]


def test_the_page_shows_every_table_and_the_figure(run):
    blocks = [*priors_section.blocks(run), *support_section.blocks(run)]
    sources = {block["source"] for block in blocks if block["kind"] == "table"}
    assert sources == {"prior_shift/prior_shift.csv", "support/support.csv", "baselines/baselines.csv"}
    assert all((run.store.folder / source).is_file() for source in sources)
    (figure,) = [block for block in blocks if block["kind"] == "figure"]
    assert all("<svg" in figure[form] for form in ("svg", "narrow"))
    assert "participation slope mean" in figure["caption"]


def test_json_holds_the_tables_and_no_nan(run):
    found = json.loads(json.dumps(support_json(support_tables(run)), allow_nan=False))
    assert {row["quantity"] for row in found["support"]} >= {"H", "share attainable"}
    assert any(row["flagged"] for row in found["prior_shift"])
    assert found["baselines"][0]["pareto_k"] is None


def test_the_terminal_shows_h_within_its_support_and_at_other_baselines(run):
    said = io.StringIO()
    tables = support_tables(run)
    show_support(tables, Console(file=said, width=200))
    text = said.getvalue()
    for words in (
        "attainable rows, Alder",
        "0.250",
        "0.200",
        "less none",
        "−1.00 ",
        "(empty treaty)",
        "% attainable",
    ):
        assert words in text, words
    assert "priors: all" not in text
    quiet = tables["prior_shift"].assign(flagged=False)
    show_support({**tables, "prior_shift": quiet}, Console(file=said, width=200))
    assert f"priors: all {len(quiet)} coefficients" in said.getvalue()
    assert isinstance(quiet, pd.DataFrame)
