"""What a notebook shows: a headline, one paragraph on a panel, and errors that name the argument."""

from __future__ import annotations

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from data.common.errors import InputError
from data.panel import build_panel
from models.joint import joint
from workflows.estimands.headline import Headline, headline_html, headline_text
from workflows.sample import sample
from workflows.spec.run import SamplingSpec


@pytest.fixture(scope="module")
def panel():
    return build_panel("bundled")


@pytest.fixture
def effect():
    draws = np.random.default_rng(1).normal([-100.0, 20.0], 10.0, (2, 500, 2))
    data = {
        "headline_operation": (("chain", "draw", "operation"), draws),
        "headline_all_rows": (("chain", "draw"), draws[..., 0]),
    }
    attrs = {"step": 0.27, "units": "troops per year", "similarity_held": "True"}
    return Headline(data, {"operation": ["ISAF", "<b>Iraq"]}, attrs)


def test_a_panel_shows_its_size_and_not_its_arrays(panel):
    text = repr(panel)
    assert f"{panel.sizes['row']:,} rows" in text
    assert "array" not in text
    assert text.split(":")[1][:20] in panel._repr_html_()
    assert panel.frame.shape[0] == panel.sizes["row"]
    assert panel.ledger["rows"].sum() > 0


def test_part_of_a_panel_is_shown_as_any_dataset(panel):
    assert "Dimensions" in repr(panel[["troops"]].drop_attrs())


def test_a_model_is_shown_in_one_line(panel):
    assert repr(joint(panel)).startswith("Joint model: hurdle beta, difference potential")


def test_a_headline_shows_median_interval_and_sign(effect):
    table = effect.frame.set_index("estimate")
    assert table.loc["ISAF", "median"] == pytest.approx(-100, abs=3)
    assert table.loc["ISAF", "above_zero"] == 0
    assert set(table["interval"]) == {"eti_95"}
    assert "troops per year for 0.270 more unrealized potential; similarity held" in headline_text(effect)
    assert "&lt;b&gt;Iraq" in headline_html(effect)
    assert repr(effect) == headline_text(effect)
    assert effect.sel(operation="ISAF")["headline_operation"].mean() < 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda _: build_panel("nothing"), "'spec'"),
        (lambda _: build_panel("gannon-kent"), "'data'"),
        (lambda _: joint("panel"), "'panel'"),
        (lambda p: joint(p, "residual"), "the spec, a str"),
        (lambda p: joint(p, {"potential": {"kind": "rest"}}), "'spec.potential.kind'"),
        (lambda p: joint(p, {"potental": {}}), "'spec.potental'"),
        (lambda p: joint(p, {"contribution": {"likelihood": "nowhere:THING"}}), "'likelihood'"),
        (lambda p: sample(p), "'joint'"),
        (lambda p: sample(joint(p), draws="many"), "'draws'"),
        (lambda p: sample(joint(p), drawz=5), "'drawz'"),
    ],
)
def test_errors_name_the_argument(panel, call, message):
    with pytest.raises(InputError, match=message):
        call(panel)


@pytest.mark.slow
def test_a_saved_fit_works_in_arviz_with_states_operations_and_years(panel, tmp_path):
    spec = SamplingSpec(chains=2, tune=100, draws=60)
    fit = sample(joint(panel, {"depth": {"items": "known"}}), spec)
    assert "do not report" in repr(fit)
    assert "Headline effect" in fit._repr_html_()
    tree = xr.open_datatree(fit.save(tmp_path / "fit.nc"), engine="h5netcdf")
    assert {"participation_slope[ISAF]", "headline_operation[Iraq]"} <= set(az.summary(tree).index)
    summary = az.summary(tree, group="sampled")
    assert "participation_state[Georgia]" in summary.index
    assert any(label.endswith("operation_year[ISAF 2009]") for label in summary.index)
    assert az.plot_trace_dist(tree, var_names=["participation_slope"], backend="none") is not None
    assert az.ess(tree, var_names=["participation_slope"])["participation_slope"].sizes == {"operation": 2}
    assert set(tree["constant_data"]["year"].values) == set(range(2003, 2008)) | {2009, 2010}
    observed = tree["observed_data"].to_dataset()
    assert {"row_state", "row_operation", "row_year"} <= set(observed.coords)
    with pytest.raises(InputError, match="'path'"):
        fit.save(tmp_path / "fit.csv")


def test_more_operations_than_can_be_told_apart_get_a_figure_each():
    from workflows.pages.pictures.potential_by_state import by_operation

    def drawn(operations: int) -> list[str]:
        rows = [(s, f"Mission {k}", 0.1 * k, 0.0, 0.5) for k in range(operations) for s in ("Norway", "Chad")]
        table = pd.DataFrame(rows, columns=["state", "operation", "median", "lower", "upper"])
        found = list(by_operation(table))
        assert sum(len(picture.table) for picture in found) == len(table)
        return [picture.name for picture in found]

    assert drawn(4) == ["potential_by_state"]
    assert drawn(5) == [f"potential_by_state_mission_{k}" for k in range(5)]


def test_operations_that_differ_in_signs_alone_have_files_of_their_own(tmp_path):
    from workflows.pages.pictures.potential_by_state import by_operation
    from workflows.run.stages.estimands import _figures

    operations = ["Mali 1", "Mali-1", "MALI 1", "Mali (1)", "Mali 2"]
    rows = [(s, o, 0.1, 0.0, 0.5) for o in operations for s in ("Norway", "Chad")]
    table = pd.DataFrame(rows, columns=["state", "operation", "median", "lower", "upper"])
    names = [picture.name for picture in by_operation(table)]
    assert len({*names}) == 5
    assert names[4] == "potential_by_state_mali_2"
    found = _figures(tmp_path, table.assign(payment="unpaid"))
    assert len({*(one["name"] for one in found)}) == len({*tmp_path.glob("*.png")}) == 5
