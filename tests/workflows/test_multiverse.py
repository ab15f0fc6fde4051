"""A multiverse fits what its grid declares, once, with the same result wherever, and shows its failures."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from data.common.errors import InputError
from data.panel import build_panel
from tests.workflows.stub_sampler import put_aside
from workflows.judge.gate import Gate
from workflows.series import multiverse, specification
from workflows.series.multiverse import Multiverse, draw, in_order, keep
from workflows.series.specification import fit_one
from workflows.spec.multiverse import AXES, MultiverseSpec, SampleSpec, resolve
from workflows.spec.run import RunSpec, load_spec

GRID = {
    "aggregate": ["deepest", "sum"],
    "potential": ["difference", "residual"],
    "controls": {"all": ["log_gdppc", "log_population", "log_distance"], "none": []},
    "sample": {"all": {}, "without_nato": {"without_treaty": "NATO"}},
    "chains": 2,
    "tune": 40,
    "draws": 30,
}
SPEC = {
    "name": "grid",
    "panel": {"source": "bundled", "operations": ["ISAF"]},
    "model": {
        "depth": {"measurement": "plug-in", "items": "known"},
        "contribution": {"likelihood": "gaussian", "treaty_effects": False, "state_effects": False},
    },
    "multiverse": GRID,
}


@pytest.fixture
def many(tmp_path, monkeypatch):
    """The grid, with depth known beforehand."""
    built = Multiverse(RunSpec.model_validate(SPEC), tmp_path)
    panel = build_panel(built.spec.panel)
    treaties = int(panel["in_force"].values.any(0).sum())
    monkeypatch.setattr(Multiverse, "_depths", lambda *_: [np.linspace(1, -1, treaties).tolist()])
    return built


def test_the_grid_is_crossed_but_for_what_is_left_out():
    grid = MultiverseSpec.model_validate(GRID)
    assert len(list(grid.combinations())) == 16
    less = MultiverseSpec.model_validate(
        {**GRID, "leave_out": [{"aggregate": "sum", "potential": "residual"}]}
    )
    assert len(list(less.combinations())) == 12


@pytest.mark.parametrize("wrong", [{"depth": "x"}, {"aggregate": "latest"}])
def test_leaving_out_what_the_grid_does_not_have_is_refused(wrong):
    with pytest.raises(ValidationError, match="leave_out"):
        MultiverseSpec.model_validate({**GRID, "leave_out": [wrong]})


def test_a_combination_changes_its_axes_and_nothing_else():
    spec = RunSpec.model_validate(SPEC)
    grid = spec.multiverse
    assert grid is not None
    base = spec.describe()
    choice = dict.fromkeys(AXES, "spec") | {
        "aggregate": "sum",
        "potential": "residual-spline",
        "controls": "none",
    }
    one = resolve(base, grid, choice)
    assert one["model"]["depth"] == {**base["model"]["depth"], "aggregate": "sum"}
    assert one["model"]["potential"] == {**base["model"]["potential"], "kind": "residual", "basis": "spline"}
    assert one["model"]["contribution"] == {**base["model"]["contribution"], "controls": []}
    assert base["model"]["depth"]["aggregate"] == "deepest"


def test_samples_keep_the_rows_they_name():
    panel = build_panel("bundled")
    assert set(panel["row_operation"].values[keep(panel, SampleSpec(operations=("ISAF",)))]) == {"ISAF"}
    without = keep(panel, SampleSpec(without_treaty="NATO"))
    assert not panel["in_force"].sel(treaty="NATO").values[without].any()
    allies, others = (keep(panel, SampleSpec(allies=x)) for x in (True, False))
    assert (allies ^ others).all()
    with pytest.raises(InputError, match="WARSAW"):
        keep(panel, SampleSpec(without_treaty="WARSAW"))


def test_all_specifications_share_one_reference_sample(many):
    tasks = many.tasks()
    assert len(tasks) == 16
    assert len({task["reference"] for task in tasks.values()}) == 1
    reference = np.array([c == "1" for c in next(iter(tasks.values()))["reference"]])
    for task in tasks.values():
        assert (np.array([c == "1" for c in task["rows"]]) | ~reference).all()


def test_names_and_seeds_of_tasks_follow_from_their_content(many):
    first, second = many.tasks(), many.tasks()
    assert first == second
    assert len({t["sampling"]["seed"] for t in first.values()}) == 16


def _invented(task):
    if task["choice"]["controls"] == "none" and task["choice"]["aggregate"] == "sum":
        raise FloatingPointError("the posterior has no finite density")
    value = float(task["sampling"]["seed"] % 500) - 200
    return {"headline": value, "lower": value - 80, "upper": value + 80, "passed": value > 0, "failed": "",
            "step": 0.2, "rows": 300, "states": 80, "reference_rows": 300}  # fmt: skip


def test_failures_stay_in_the_table_and_in_the_figure(many, monkeypatch):
    monkeypatch.setattr(multiverse, "fit_one", _invented)
    table = many.run()
    assert len(table) == 16
    assert (table["diagnostics"] == "no fit").sum() == 4
    assert table.loc[table["diagnostics"] == "no fit", "error"].str.startswith("FloatingPointError").all()
    assert set(table["diagnostics"]) == {"no fit", "gate passed", "gate failed"}
    files = draw(table, many.folder)
    assert all(f.stat().st_size > 0 for f in files)
    assert "4 no fit" in files[-1].read_text()


@pytest.fixture
def unsampled(monkeypatch):
    """Draws of priors in place of sampled ones."""
    monkeypatch.setattr(specification, "_templates", {})
    put_aside(monkeypatch)


@pytest.mark.usefixtures("unsampled")
def test_a_fit_that_fails_for_divergences_alone_is_sampled_again(many, monkeypatch):
    task, asked, wanted = next(iter(many.tasks().values())), [], [True, False]
    own = specification._at_depths
    monkeypatch.setattr(
        specification, "_at_depths", lambda *a: asked.append(a[2]) or own(*a[:2], asked[0], *a[3:])
    )
    monkeypatch.setattr(Gate, "diverged_alone", property(lambda _: wanted.pop(0)))
    found = fit_one(task)
    first, second = (s.target_accept for s in asked)
    assert second == pytest.approx(1 - (1 - first) / 4), "steps half as long"
    assert asked[0].seed != asked[1].seed
    assert "second try" in found["second_try"]
    assert f"{second:g}" in found["second_try"]
    wanted[:] = [False]
    assert fit_one(task)["second_try"] == ""
    monkeypatch.setattr(multiverse, "fit_one", lambda t: _invented(t) | {"second_try": "This is."})
    table = many.run()
    assert "Sampled twice: 12, which" in draw(table, many.folder)[-1].read_text()


def test_several_processes_begin_with_programs_of_their_own():
    programs = {"a": "2", "b": "1", "c": "2", "d": "1", "e": "3"}
    assert in_order(programs, several=False) == ["b", "d", "a", "c", "e"]
    assert in_order(programs, several=True) == ["b", "a", "e", "d", "c"]


def test_a_stopped_multiverse_goes_on_where_it_stopped(many, monkeypatch):
    calls = []

    def counted(task):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return _invented(task)

    monkeypatch.setattr(multiverse, "fit_one", counted)
    with pytest.raises(KeyboardInterrupt):
        many.run()
    assert len((many.folder / "fits.jsonl").read_text().splitlines()) == 5
    assert len(many.run()) == 16
    assert len(calls) == 6 + 11


def test_likelihoods_of_other_outcomes_are_refused(tmp_path):
    grid = {**GRID, "likelihood": ["gaussian", "bernoulli"]}
    with pytest.raises(InputError, match="participation"):
        Multiverse(RunSpec.model_validate({**SPEC, "multiverse": grid}), tmp_path)


def test_the_bundled_multiverse_has_more_than_a_hundred_specifications():
    grid = load_spec("multiverse-bundled").multiverse
    assert grid is not None
    assert len(list(grid.combinations())) >= 100


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_results_are_identical_for_one_and_for_two_workers(many, tmp_path):
    alone = many.run(workers=1)
    other = Multiverse(many.spec, tmp_path / "second")
    together = other.run(workers=2)
    columns = ["headline", "lower", "upper", "step", "rows", "passed", "failed", "headline_r_hat"]
    pd.testing.assert_frame_equal(alone[columns], together[columns])
    assert (alone["error"] == "").all()


@pytest.mark.parametrize("sampled", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_fit_gives_its_effect_and_its_verdict(many, sampled, request):
    if not sampled:
        request.getfixturevalue("unsampled")
    task = next(iter(many.tasks().values()))
    found = fit_one(task)
    assert found["lower"] < found["headline"] < found["upper"]
    assert not found["passed"]
    assert "chains: 2" in found["failed"]
    assert json.loads(json.dumps(found)) == found
