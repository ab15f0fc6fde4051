"""Subcommands of ``coalition depth``: what they write and say, and what they refuse before anything is sampled."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.variables.measures import measurement_table
from tests.data.synthetic import atop_members
from workflows.cli import main
from workflows.depth import checks as depth_checks
from workflows.depth import measure as depth
from workflows.depth import reference as depth_reference
from workflows.depth import sbc as depth_sbc
from workflows.depth.measure import MeasureSpec, fit_table
from workflows.spec.run import SamplingSpec

STORED = Path(__file__).resolve().parents[2] / "benchmarks" / "calibration" / "factor" / "ranks.csv"
#: Treaty to its members, by code; the United States is 2.
ALLIES = {1001: (2, 20, 200), 1002: (2, 70), 1003: (20, 200)}


@pytest.fixture
def coalition(monkeypatch, capsys):
    """Run ``coalition depth`` in this process; returns exit code, standard output and standard error."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["coalition", "depth", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        return stopped.value.code or 0, *capsys.readouterr()

    yield run
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def fitted():
    """The bundled treaties, numbered as ATOP numbers its own, measured once for all tests."""
    table = measurement_table("bundled", None)
    table["atopid"] = np.arange(1001, 1001 + len(table))
    return fit_table(MeasureSpec(source="bundled", model="graded", tune=500, draws=1000), table)


@pytest.fixture
def measured(fitted, monkeypatch):
    """Every command finds that measurement, whatever treaties it asks for."""

    def instead(spec, *_):
        return dataclasses.replace(fitted, spec=spec)

    for module in (depth, depth_checks, depth_reference):
        monkeypatch.setattr(module, "measure", instead)
    return fitted


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder: members of three treaties, and ties of sixty states with the United States."""
    out = tmp_path_factory.mktemp("data")
    obligations = dict.fromkeys(("defense", "offense", "neutral", "consul", "nonagg"), 1)
    rows = [
        {"atopid": treaty, "member": state, "yrent": 1990, **obligations}
        for treaty, states in ALLIES.items()
        for state in states
    ]
    (out / "atop5_1m.csv").write_text(atop_members(rows))
    rng = np.random.default_rng(5)
    state = np.arange(20, 620, 10)
    closeness = rng.standard_normal(state.size)
    pairs = pd.DataFrame({"ccode1": 2, "ccode2": state, "year": 2005})
    pairs["dyadigos"] = np.exp(3 + 0.5 * closeness + 0.2 * rng.standard_normal(state.size)).round()
    pairs.to_csv(out / "cow_igo_ndy__us_dyads.csv", index=False)
    kinds = {
        "atop_alliance__us_dyads.csv": ["defense", "offense", "neutral", "nonagg", "consul"],
        "cow_alliance__us_dyads.csv": ["defense", "neutral", "nonagg", "entente"],
    }
    for file, names in kinds.items():
        one = pairs[["ccode1", "ccode2", "year"]].copy()
        for name in names:
            noise = rng.standard_normal(state.size)
            one[f"{file.split('_')[0]}_{name}"] = (closeness + noise > 0.5).astype(int)
        one.to_csv(out / file, index=False)
    return out


@pytest.mark.parametrize("name", ["predictive", "items", "agreement", "versions"])
@pytest.mark.usefixtures("measured")
def test_a_check_writes_its_table_and_ends_with_its_verdict(name, coalition, monkeypatch, tmp_path):
    monkeypatch.setattr("workflows.depth.checks.table_of", lambda *_: None)  # no file of another release here
    code, said, _ = coalition("check", name, "--out", tmp_path, "--format", "json")
    found = json.loads(said)
    assert found["check"] == name
    assert code == (0 if found["passed"] else 3)
    assert len(pd.read_csv(found["file"])) > 5
    if name in ("agreement", "versions"):  # one measurement stands for both
        assert code == 0


def test_a_measure_that_finds_as_much_in_shuffled_provisions_fails(
    measured, coalition, monkeypatch, tmp_path
):
    monkeypatch.setattr("workflows.depth.checks.fit_table", lambda *_: measured)
    code, said, _ = coalition("check", "falsify", "--out", tmp_path)
    assert code == 3
    assert "falsify: FAILED" in said


@pytest.mark.usefixtures("measured")
def test_dyads_are_the_leaders_allies_year_by_year(coalition, folder, tmp_path):
    words = ("--data", folder, "--years", "2009-2010", "--out", tmp_path, "--format", "json")
    code, said, _ = coalition("dyads", *words)
    assert code == 0
    found = json.loads(said)
    table = pd.read_csv(tmp_path / "dyads.csv")
    assert set(zip(table["ccode"], table["year"], strict=True)) == {
        (state, year) for state in (20, 70, 200) for year in (2009, 2010)
    }
    assert (found["dyad_years"], found["states"], found["distinct_values"]) == (6, 3, 2)
    assert (table["lower"] < table["upper"]).all()
    assert set(table["interval"]) == {"eti_95"}
    assert len(pd.read_csv(tmp_path / "baselines.csv")) == len(found["baseline_sensitivity"])


@pytest.mark.usefixtures("measured")
def test_ties_set_breadth_beside_depth(coalition, folder, tmp_path):
    words = ("--data", folder, "--years", "2005-2005", "--out", tmp_path, "--format", "json")
    code, said, _ = coalition("ties", *words)
    assert code == 0
    found = json.loads(said)
    table = pd.read_csv(tmp_path / "embeddedness.csv").set_index("ccode")
    assert found["states"] == len(table) == 60
    assert set(table.index[table["depth"].notna()]) == {20, 70, 200}
    counts = pd.read_csv(folder / "cow_igo_ndy__us_dyads.csv").set_index("ccode2")["dyadigos"]
    assert table["embeddedness"].corr(counts, method="spearman") > 0.7
    loadings = pd.read_csv(tmp_path / "embeddedness-loadings.csv")
    assert "joint_organisations" in set(loadings["provision"])


def _calibrated(coalition, folder):
    """Calibrate by twenty simulations, and look at the files."""
    code, said, _ = coalition("calibrate", "--simulations", 20, "--out", folder, "--format", "json")
    found = json.loads(said)
    assert code == (0 if found["passed"] else 3)
    assert found == json.loads((folder / "factor" / "verdict.json").read_text())
    ranks = pd.read_csv(folder / "factor" / "ranks.csv")
    assert list(ranks["simulation"]) == list(range(20))
    assert ranks.filter(like="[").stack().between(0, depth_sbc.KEPT).all()
    return found


def test_calibration_writes_ranks_and_verdict(coalition, monkeypatch, tmp_path):
    monkeypatch.setattr(depth_sbc, "calibrate", lambda _, count, *__: pd.read_csv(STORED).head(count))
    assert _calibrated(coalition, tmp_path)["passed"]


def test_a_calibration_outside_its_bands_ends_with_exit_code_3(coalition, monkeypatch, tmp_path):
    def biased(_, count, *__):
        ranks = pd.read_csv(STORED).head(count)
        return ranks.assign(**{"loading[bases]": depth_sbc.KEPT})

    monkeypatch.setattr(depth_sbc, "calibrate", biased)
    assert _calibrated(coalition, tmp_path)["outside"] == ["loading[bases]"]


@pytest.mark.slow
def test_a_short_calibration_goes_through(coalition, monkeypatch, tmp_path):
    quick = SamplingSpec(chains=1, tune=100, draws=depth_sbc.KEPT + 3)
    monkeypatch.setattr(depth_sbc._Factor, "sampling", quick)
    assert _calibrated(coalition, tmp_path)["simulations"] == 20


def test_a_reference_is_written_with_its_spec_and_its_items(measured, coalition, tmp_path):
    words = (
        "--source",
        "bundled",
        "--model",
        "graded",
        "--out",
        tmp_path,
        "--items",
        tmp_path / "items.json",
    )
    code, said, _ = coalition("reference", *words)
    assert code == 0
    path = tmp_path / "graded-bundled-default.json"
    assert "graded-bundled-default.json" in said
    record = json.loads(path.read_text())
    assert (record["spec"]["chains"], record["passed"], record["treaties"]) == (10, True, 16)
    provisions = set(measured.draws["posterior"]["provision"].values)
    assert set(json.loads((tmp_path / "items.json").read_text())["items"]) == provisions


REFUSED = {
    "a measure without chains": (["--source", "bundled", "--chains", "0"], "chains"),
    "a measure into a file": (["--source", "bundled", "--out", "FILE"], "FILE"),
    "depth as typed first": ([], "or --source bundled, which needs none"),
    "a check without data": (["check", "versions"], "no data folder"),
    "a check of an empty folder": (
        ["check", "predictive", "--source", "atop", "--data", "EMPTY"],
        "atop5_1a.csv",
    ),
    "a check with a seed below zero": (["check", "items", "--source", "bundled", "--seed", "-1"], "seed"),
    "dyads without data": (["dyads"], "no data folder"),
    "dyads of years that run backwards": (["dyads", "--data", "DATA", "--years", "2014-2001"], "2014-2001"),
    "dyads of years that are none": (["dyads", "--data", "DATA", "--years", "soon"], "soon"),
    "dyads of a leader without allies": (["dyads", "--data", "DATA", "--leader", "999"], "no treaty of 999"),
    "ties without data": (["ties"], "no data folder"),
    "ties of another leader": (["ties", "--data", "DATA", "--leader", "200"], "leader 200"),
    "ties of years after a file's end": (
        ["ties", "--data", "DATA", "--years", "2005-2014"],
        "2005-2005, which the file covers",
    ),
    "ties of years without pairs": (["ties", "--data", "DATA", "--years", "1900-1901"], "1900-1901"),
    "a calibration with a seed below zero": (["calibrate", "--seed", "-1"], "option '--seed': found '-1'"),
    "a calibration into a file": (["calibrate", "--out", "FILE"], "FILE"),
    "published priors of the graded model": (
        ["reference", "--source", "bundled", "--model", "graded", "--priors", "published"],
        "--priors published",
    ),
    "items of the factor model": (["reference", "--items", "items.json"], "--items"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_line_and_nothing_is_sampled(
    words, message, coalition, folder, monkeypatch, tmp_path
):
    def sampled(*_, **__):
        raise AssertionError("something was sampled")

    monkeypatch.setattr("workflows.sampling.program.Program.sample", sampled)
    (tmp_path / "FILE").write_text("")
    (tmp_path / "EMPTY").mkdir()
    places = {"DATA": folder, "EMPTY": tmp_path / "EMPTY", "FILE": tmp_path / "FILE"}
    out = () if "--out" in words else ("--out", tmp_path / "out")
    code, said, complaint = coalition(*(places.get(word, word) for word in words), *out)
    assert (code, said) == (2, "")
    (line,) = complaint.splitlines()
    assert line.startswith("error: ")
    assert message in line


@pytest.mark.parametrize(
    ("words", "named"), [(["check", "nonsense"], "nonsense"), (["calibrate", "--simulations", "5"], "20")]
)
def test_a_word_that_a_command_does_not_know_is_a_usage_error(words, named, coalition):
    code, _, complaint = coalition(*words)
    assert code == 2
    assert named in complaint
