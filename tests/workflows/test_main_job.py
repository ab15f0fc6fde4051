"""The main job end to end: a run of the bundled spec, its artefacts, its page, and its second run."""

from __future__ import annotations

import json
import math

import arviz as az
import pandas as pd
import pytest
import xarray as xr
from bs4 import BeautifulSoup

from figures import rank_change
from tests.figures.numbers import numbers_in
from tests.workflows.stub_sampler import put_aside
from workflows.run.listener import Listener
from workflows.run.run import Run, run
from workflows.spec.run import RunSpec, load_spec

SMALL = {"tune": 150, "draws": 150, "target_accept": 0.8}


class Heard(Listener):
    def __init__(self):
        self.states = {}

    def stage(self, name, state):
        self.states[name] = state


def small(**changes) -> RunSpec:
    spec = load_spec("bundled")
    whole = spec.model_dump()
    whole["sampling"] |= SMALL
    for path, value in changes.items():
        part = whole
        *route, last = path.split("__")
        for key in route:
            part = part[key]
        part[last] = value
    return RunSpec.model_validate(whole)


@pytest.fixture(
    scope="module", params=["draws of the prior", pytest.param("sampled", marks=pytest.mark.slow)]
)
def done(request, tmp_path_factory):
    """A short run: too short to pass the gate, long enough to have every artefact.

    Most of it is compiling: by default draws of the prior stand in the place of those of the posterior.
    """
    out = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        if request.param != "sampled":
            put_aside(patch)
        return out, run(small(), out)


@pytest.fixture(scope="module")
def page(done):
    return BeautifulSoup(done[1].report.read_text(encoding="utf-8"), "html.parser")


def test_a_run_too_short_for_its_diagnostics_is_marked_as_failed_with_advice(done, page):
    _, outcome = done
    assert not outcome.passed
    assert outcome.advice
    assert "fail" in page.find(class_="verdict").get_text().lower() if page.find(class_="verdict") else True
    assert json.loads((outcome.folder / "run.json").read_text())["passed"] is False


def test_every_number_of_every_table_on_the_page_is_that_of_its_artefact(done, page):
    _, outcome = done
    checked = 0
    for table in page.find_all("table"):
        source = outcome.folder / table["data-source"]
        if source.suffix != ".csv":
            continue
        assert source.is_file(), table["data-source"]
        frame = pd.read_csv(source)
        for row in table.find("tbody").find_all("tr"):
            cells = {c["data-column"]: c for c in row.find_all("td")}
            numbers = {k: c["data-value"] for k, c in cells.items() if c.get("data-value")}
            match = pd.Series(True, index=frame.index)
            for column, value in numbers.items():
                known = pd.to_numeric(frame[column], errors="coerce")
                match &= (known - float(value)).abs() <= 1e-9 * max(1.0, abs(float(value)))
                checked += 1
            assert match.any(), (table["data-source"], numbers)
    assert checked > 200


def test_every_number_of_the_summary_is_a_headline_effect_of_the_artefact(done, page):
    _, outcome = done
    table = pd.read_csv(outcome.folder / "comparison" / "headline.csv")
    columns = ["headline", "lower", "upper", "rows", "states", "step"]
    known = {abs(float(v)) for c in columns for v in table[c].dropna()}
    constants = {95.0, 111976.0, 200.0, 100.0}
    paragraphs = [p.get_text() for p in page.select(".summary p, header p")]
    assert paragraphs
    for text in paragraphs:
        if "troops per year" not in text or "interval" not in text:
            continue
        for value, decimals in numbers_in(text):
            near = min(known, key=lambda k: abs(k - abs(value)))
            tolerance = 0.5 * 10**-decimals + 1e-9
            assert abs(value) in constants or abs(near - abs(value)) <= tolerance, (value, text)


def test_all_figures_are_on_the_page_and_are_pictures(done, page):
    _, outcome = done
    stage = json.loads((outcome.folder / "figures" / "stage.json").read_text())
    names = {figure["name"] for figure in stage["about"]["figures"]}
    wanted = {"headline", "potential_by_state", "predicted_troops", "predictive", "effects", "feedback"}
    assert wanted | {"rank_change_isaf", "rank_change_iraq", "diagnostics"} <= names
    shown = {figure["data-name"]: figure for figure in page.find_all("figure")}
    assert names <= set(shown)
    heard = {figure["name"]: figure["alt"] for figure in stage["about"]["figures"]}
    assert rank_change.ALT in heard["rank_change_isaf"]
    for name in names:
        image = shown[name].find("img")
        assert image["src"].startswith("data:image/")
        assert image["alt"] == heard[name]
        assert (outcome.folder / "figures" / f"{name}.png").read_bytes()[:4] == b"\x89PNG"


def test_the_comparison_goes_from_print_to_posterior_with_rows_states_and_step(done):
    _, outcome = done
    table = outcome.headline
    assert list(table["group"].drop_duplicates()) == ["published", "this panel", "posterior"]
    posterior = table[table["group"] == "posterior"]
    assert {"posterior:operation:ISAF", "posterior:operation:Iraq", "posterior:all_rows"} <= set(
        posterior["id"]
    )
    assert (posterior["interval"] == "eti_95").all()
    assert (posterior["lower"] < posterior["headline"]).all()
    assert (posterior["headline"] < posterior["upper"]).all()
    assert posterior[["rows", "states", "step"]].notna().all().all()


def test_the_headline_is_the_mean_change_of_the_expected_share(done):
    """Against a computation in NumPy from the draws of one operation's coefficients."""
    out, outcome = done
    whole = Run(small(), out)
    joint, draws = whole.joint, whole.fit.draws["posterior"].to_dataset()
    from workflows.draws.evaluate import evaluate

    few = draws.isel(draw=slice(0, 3), chain=slice(0, 2))
    values = evaluate(joint, few, {p: (t, ("row",)) for p, t in joint.contribution.eta.items()})
    step = whole.effect.attrs["step"]
    mine = (joint.panel["row_operation"] == "ISAF").values

    def expected(shift):
        logistic = []
        for part in ("participation", "size"):
            slope = few[f"{part}_slope"].sel(operation="ISAF")
            eta = values[part] + shift * slope
            logistic.append(1 / (1 + math.e**-eta))
        return (logistic[0] * logistic[1]).isel(row=mine).mean("row")

    by_hand = 111_976 * (expected(step) - expected(0.0))
    found = whole.effect["headline_operation"].sel(operation="ISAF")
    found = found.isel(draw=slice(0, 3), chain=slice(0, 2))
    xr.testing.assert_allclose(by_hand.reset_coords(drop=True), found.reset_coords(drop=True), rtol=1e-8)


def test_arviz_reads_the_saved_result_with_names_as_coordinates(done):
    _, outcome = done
    with xr.open_datatree(outcome.folder / "posterior" / "posterior.nc", engine="h5netcdf") as tree:
        summary = az.summary(tree, var_names=["participation_slope", "participation_state"])
        assert "participation_slope[ISAF]" in summary.index
        assert "participation_state[New Zealand]" in summary.index
        plot = az.plot_trace_dist(tree, var_names=["participation_slope"], backend="none")
        assert plot is not None
        assert "row_year" in tree["observed_data"].coords


def test_a_second_run_computes_nothing(done):
    out, outcome = done
    heard = Heard()
    again = run(small(), out, listener=heard)
    assert set(heard.states.values()) == {"cached"}, heard.states
    assert again.headline.equals(outcome.headline)


def test_a_changed_prior_is_sampled_again_and_a_new_seed_too(done):
    out, _ = done
    before = Run(small(), out)
    for change in ({"model__contribution__priors__slope": 1.0}, {"sampling__seed": 5}):
        heard = Heard()
        changed = Run(small(**change), out, listener=heard)
        assert changed.key("posterior") != before.key("posterior")
        assert before.store.find("prior", before.stage("prior").key) is not None


def test_a_changed_data_file_gives_another_panel_and_with_it_another_model(done, tmp_path):
    import shutil

    from data.facts import BUNDLED

    out, _ = done
    shutil.copytree(BUNDLED, tmp_path / "facts")
    path = tmp_path / "facts" / "armed_forces.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = frame.index[(frame["ccode"] == "220") & (frame["year"] == "2009")][0]
    frame.loc[row, "active_personnel"] = str(int(float(frame.loc[row, "active_personnel"])) + 1000)
    frame.to_csv(path, index=False)
    changed = Run(small(), tmp_path / "results", data=tmp_path / "facts")
    assert changed.stage("panel").about["content"] != Run(small(), out).stage("panel").about["content"]
