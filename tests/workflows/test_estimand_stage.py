"""The estimands of a run are tables and figures of one stage, and the report shows them."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr

from models.given import Given
from models.joint import joint
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from tests.workflows.pretend_run import pretend_run
from workflows.estimands import checks
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.pages.sections import estimands, left_out
from workflows.spec.run import RunSpec
from workflows.store.store import Store


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Draws of the prior in place of a run's posterior: what is tested is what is made of draws."""
    model = ModelSpec.model_validate({"contribution": {"likelihood": "hurdle_beta"}})
    panel, truth = simulate(model, SMALL, seed=7)
    built = joint(panel, model, Given(truth["treaty_depth"].values))
    fit = Fit(built, xr.DataTree.from_dict({"posterior": checks.prior_draws(built, 40, seed=2)}))
    return pretend_run(
        spec=RunSpec(name="simulated", model=model), panel=panel, joint=built, fit=fit,
        effect=headline_effect(fit, step=0.25), store=Store(tmp_path_factory.mktemp("run")),
    )  # fmt: skip


def test_every_table_is_written_and_the_second_time_found(run):
    stage = run.stage("estimands")
    marginal = pd.read_csv(stage / "marginal_effects.csv")
    assert {"participation_probability", "share_given_participation", "share"} <= set(marginal["quantity"])
    assert set(marginal["step"]) == {0.25}
    over = pd.read_csv(stage / "over_contribution.csv")
    draws = xr.load_dataset(stage / "over_contribution.nc", engine="h5netcdf")
    assert draws["share_above_expected"].dims == ("chain", "draw", "cell")
    assert len(stage.about["figures"]) == len(set(over["operation"]))
    assert run.store.find("estimands", stage.key).cached


def test_the_page_shows_them_and_says_how_to_leave_out(run):
    blocks = estimands.blocks(run)
    sources = {block["source"] for block in blocks if block["kind"] == "table"}
    assert {"estimands/marginal_effects.csv", "estimands/new_operation.csv"} <= sources
    assert any(block["kind"] == "figure" for block in blocks)
    assert "`coalition leave-out simulated`" in left_out.blocks(run)[0]["text"]
