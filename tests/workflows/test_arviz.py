"""The file for ArviZ: every call that the docs name runs on it, also where this package is not installed."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import arviz as az
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from data.common.errors import InputError
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.draws.evaluate import with_deterministics
from workflows.estimands.arviz_tree import arviz_tree, write
from workflows.estimands.checks import prior_draws
from workflows.estimands.fit import Fit
from workflows.estimands.predictive_score import log_likelihood
from workflows.sampling.chains import annotate
from workflows.spec.run import SamplingSpec

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "arviz.md"
SMALL = Size(
    states=20, operations={"Alder": (2001, 2003), "Birch": (2003, 2004)}, treaties=6, other_treaties=0
)
#: A process in which none of this project's packages can be imported.
BARE = """
import sys
for name in ("data", "models", "figures", "workflows"):
    sys.modules[name] = None
import matplotlib, xarray as xr, arviz as az
matplotlib.use("agg")
tree = xr.open_datatree(sys.argv[1]).load()
print(len(az.summary(tree)), az.loo(tree).n_data_points)
"""


@pytest.fixture(scope="module")
def fit():
    """Draws near one point of the prior: what a posterior looks like, and nothing is sampled."""
    spec = ModelSpec()
    panel, _ = simulate(spec, SMALL, 4)
    model = joint(panel, spec)
    flat = prior_draws(model, 400, 1)
    flat = flat.assign({n: 0.1 * a + 0.9 * a.mean("draw") for n, a in flat.data_vars.items()})
    parts = [flat.isel(draw=slice(100 * k, 100 * k + 100)).assign_coords(draw=range(100)) for k in range(4)]
    draws = xr.concat([p.assign_coords(chain=[k]) for k, p in enumerate(parts)], "chain")
    rng = np.random.default_rng(1)
    zero = (("chain", "draw"), np.zeros((4, 100)))
    energy = (("chain", "draw"), rng.normal(size=(4, 100)))
    stats = xr.Dataset({"diverging": zero, "energy": energy}, {"chain": range(4), "draw": range(100)})
    groups = {"posterior": with_deterministics(model.model, draws), "sample_stats": stats}
    return Fit(model, annotate(xr.DataTree.from_dict(groups), model, SamplingSpec()))


@pytest.fixture(scope="module")
def tree(fit):
    return fit.arviz()


@pytest.fixture(scope="module")
def folder(tree, tmp_path_factory):
    """A folder with the file where a run puts it."""
    folder = tmp_path_factory.mktemp("away")
    file = folder / "results" / "bundled" / "arviz" / "fit.nc"
    file.parent.mkdir(parents=True)
    write(tree, file)
    return folder


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.filterwarnings("ignore")
def test_every_call_of_the_page_runs_on_the_file(folder, monkeypatch):
    monkeypatch.chdir(folder)
    logging.getLogger("arviz_stats").setLevel(logging.ERROR)
    names: dict[str, object] = {}
    for block in blocks():
        exec(compile(block, str(PAGE), "exec"), names)
        plt.close("all")
    assert isinstance(names["by_state"], type(names["by_row"]))


def test_every_function_of_arviz_that_the_docs_name_is_among_them():
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    named = {n for page in pages for n in re.findall(r"\baz\.(\w+)\(", page.read_text(encoding="utf-8"))}
    assert {
        "loo",
        "compare",
        "plot_loo_pit",
        "plot_ppc_dist",
        "psense_summary",
        "plot_prior_posterior",
    } <= named
    assert named <= set(re.findall(r"\baz\.(\w+)\(", "\n".join(blocks())))


def test_the_file_opens_where_this_package_is_not_installed(folder, fit):
    file = folder / "results" / "bundled" / "arviz" / "fit.nc"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BARE, file],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    rows, points = map(int, done.stdout.split())
    assert points == fit.joint.panel.sizes["row"]
    assert rows < 100


def test_first_come_effects_and_slopes_and_nothing_of_single_states(fit, tree):
    names = list(tree["posterior"].data_vars)
    assert names[0] == "headline_operation"
    assert list(tree["prior"].data_vars) == names
    assert all("slope" in name for name in names[3:6])
    assert not [n for n in names if n.endswith(("_raw", "_state", "_treaty", "_operation_year"))]
    assert set(tree["log_likelihood"]["share"].dims) == {"chain", "draw", "row"}
    assert list(tree["observed_data"]["row_state"].values) == list(fit.joint.panel["row_state"].values)


def test_densities_are_those_of_the_model_and_add_up(fit, tree):
    draws = fit.draws["posterior"].to_dataset()
    rows = tree["log_likelihood"]["share"]
    np.testing.assert_allclose(rows, log_likelihood(fit.joint, draws, None), rtol=1e-5, atol=1e-5)
    each = tree["log_likelihood_operation"]["share"]
    # Both are kept in single precision; what adds up to nearly nothing keeps the error of what was added.
    np.testing.assert_allclose(each.sum("operation"), rows.sum("row"), rtol=1e-4, atol=1e-5)


def test_a_large_result_is_thinned_alike_in_all_groups_and_says_so(fit):
    cells = fit.joint.panel.sizes["row"] * 400 // 4
    tree = arviz_tree(fit, most_cells=cells)
    for group in ("posterior", "sample_stats", "log_prior", "log_likelihood", "posterior_predictive"):
        assert list(tree[group]["draw"].values) == list(range(0, 100, 4)), group
    assert tree.attrs["thinned"] == "every draw of 4"


def test_a_fit_scores_rows_and_states_and_refuses_what_reweighting_cannot_do(fit):
    rows, states = fit.loo("row"), fit.loo("state")
    panel = fit.joint.panel
    assert (rows.n_data_points, states.n_data_points) == (panel.sizes["row"], panel.sizes["state"])
    assert list(states.elpd_i["state"].values) == list(panel["state"].values)
    assert rows.p > 0
    assert len(az.compare({"a": rows, "b": rows})) == 2
    with pytest.raises(InputError, match="kfold"):
        fit.loo("operation")


def test_what_a_fit_saves_holds_all_that_was_sampled(fit, tmp_path):
    with xr.open_datatree(fit.save(tmp_path / "fit.nc")) as tree:
        xr.testing.assert_equal(tree["sampled"].to_dataset(), fit.draws["posterior"].to_dataset())
        assert set(tree["posterior"].data_vars) < set(tree["sampled"].data_vars) | {
            "headline_operation", "headline_all_rows", "headline_mean_slope",
        }  # fmt: skip
