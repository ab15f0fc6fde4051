"""A fit made elsewhere gets the numbers that it would have got here."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.common.errors import InputError
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.cli import app
from workflows.draws.evaluate import evaluate
from workflows.estimands.checks import prior_draws
from workflows.estimands.effects import headline_quantities
from workflows.estimands.further import participation
from workflows.published.elsewhere import effects_of_draws, headline_table, read_draws
from workflows.published.headline import COLUMNS

STEP = 0.25
SMALL = Size(
    states=10, operations={"Alder": (2001, 2002), "Birch": (2003, 2004)}, treaties=4, other_treaties=0
)


@pytest.fixture(scope="module")
def here():
    """A model and its draws, expected shares and probabilities as another program would write them."""
    spec = ModelSpec()
    panel, _ = simulate(spec, SMALL, 4)
    model = joint(panel, spec)
    draws = prior_draws(model, 40, 1)
    wanted = {}
    for name, shift in (("before", 0.0), ("after", STEP)):
        wanted[name] = (model.contribution.expected(shift), ("row",))
        wanted[f"part_{name}"] = (participation(model, shift), ("row",))
    values = evaluate(model, draws, wanted)
    return model, draws, {name: values[name].values[0] for name in wanted}


def _effects(here, **more):
    model, _, values = here
    return effects_of_draws(
        values["before"],
        values["after"],
        step=STEP,
        participation=values["part_before"],
        participation_after=values["part_after"],
        operation=model.panel["row_operation"].values,
        **more,
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_h_is_that_of_a_fit_made_here(here, weighted):
    model, draws, _ = here
    weights = model.panel["armed_forces"].values if weighted else None
    known = evaluate(model, draws, headline_quantities(model, STEP, weights=weights))
    found = _effects(here, weights=weights)
    for name in ("headline_all_rows", "headline_operation"):
        np.testing.assert_allclose(found[name], known[name])
    assert list(found["operation"].values) == list(model.panel["operation"].values)


def test_overall_is_participation_times_size(here):
    found, values = _effects(here), here[2]
    size = values["after"] / values["part_after"] - values["before"] / values["part_before"]
    np.testing.assert_allclose(found["share_given_participation"].values[0], size.mean(1))
    np.testing.assert_allclose(found["headline_all_rows"], 111_976 * found["share"])


def test_the_table_stands_under_that_of_a_run(here):
    table = headline_table(_effects(here, chains=2), "brms", rows=8, states=10)
    assert list(table.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert list(table["label"]) == ["All rows: brms", "Alder: brms", "Birch: brms"]
    assert np.isfinite(table[["r_hat", "ess_bulk"]]).all().all()


def _write(path, values, names, index=False):
    pd.DataFrame(values, columns=names).to_csv(path, index=index)


def test_files_of_r_and_of_stan_are_read_alike(tmp_path):
    values = np.random.default_rng(1).random((5, 12))
    _write(tmp_path / "r.csv", values, [f"V{k + 1}" for k in range(12)], index=True)
    # CmdStan's columns beside it, out of order, and its comments before, within and after.
    order = np.random.default_rng(2).permutation(12)
    frame = pd.DataFrame(values[:, order], columns=[f"mu.{k + 1}" for k in order])
    frame.insert(0, "lp__", 1.0)
    lines = frame.to_csv(index=False).splitlines()
    text = ["# model = x", lines[0], "# Adaptation terminated", *lines[1:], "# Elapsed Time"]
    (tmp_path / "stan.csv").write_text("\n".join(text))
    np.testing.assert_allclose(read_draws(tmp_path / "r.csv"), values)
    np.testing.assert_allclose(read_draws(tmp_path / "stan.csv", "mu"), values)


@pytest.mark.parametrize(
    ("text", "variable", "said"),
    [
        ("a,b\n1,2\n0.1,x\n", None, "row 3, column 'b': found 'x'"),
        ("a,b\n1,2\n3\n", None, "row 3: found 1 cells"),
        ("a,b\n", None, "no draws"),
        ("a,b\n1,2\n", "mu", "expected mu.1"),
    ],
)
def test_a_table_that_is_none_is_refused_with_line_and_column(text, variable, said, tmp_path):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_draws(tmp_path / "d.csv", variable)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share_after": np.full((4, 3), 1.5)}, "draw 1, row 1.*share_after"),
        ({"share_after": np.full((4, 2), 0.5)}, "one shape"),
        ({"chains": 3}, "chains"),
        ({"weights": np.zeros(3)}, "weights"),
        ({"weights": np.ones(2)}, "3 rows"),
        ({"participation": np.full((4, 3), 0.5)}, "both or none"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change, said):
    given = {"share": np.full((4, 3), 0.1), "share_after": np.full((4, 3), 0.2), "step": STEP}
    with pytest.raises(InputError, match=said):
        effects_of_draws(**{**given, **change})


def test_the_command_says_the_same(here, tmp_path, monkeypatch):
    model, _, values = here
    monkeypatch.chdir(tmp_path)
    for name, file in (("before", "a"), ("after", "b"), ("part_before", "c"), ("part_after", "d")):
        _write(f"{file}.csv", values[name], None, index=True)
    panel = model.panel
    rows = {n: panel[f"row_{n}"].values for n in ("state", "operation")} | {
        "forces": panel["armed_forces"].values
    }
    pd.DataFrame(rows).to_csv("rows.csv", index=False)
    call = ["effects", "a.csv", "b.csv", "--step", str(STEP), "--rows", "rows.csv", "--weights", "forces"]
    call += ["--participation", "c.csv", "d.csv", "--chains", "2"]
    answer = json.loads(CliRunner().invoke(app, [*call, "--format", "json"], catch_exceptions=False).stdout)
    known = _effects(here, weights=panel["armed_forces"].values)
    assert answer["headline"][0]["headline"] == pytest.approx(float(known["headline_all_rows"].median()))
    assert {r["quantity"] for r in answer["effects"]} >= {
        "participation_probability",
        "share_given_participation",
    }
    assert "Birch: a" in CliRunner().invoke(app, call, catch_exceptions=False).stdout
    plain = [word for word in call if word not in ("--weights", "forces")]
    for more, said in (
        ([], ["each row counts alike"]),
        (["--operation", "mission"], ["alike", "column mission"]),
    ):
        told = CliRunner().invoke(app, [*plain, *more], catch_exceptions=False).stderr.splitlines()
        assert len(told) == 1
        assert all(part in told[0] for part in ("--rows rows.csv", *said))
    assert not CliRunner().invoke(app, call, catch_exceptions=False).stderr
    wrong = CliRunner().invoke(app, [*call[:-5], "--weights", "size"])
    assert isinstance(wrong.exception, InputError)
    assert "a column size of --rows" in str(wrong.exception)
