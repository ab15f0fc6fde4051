"""Faults that variants have found, each shrunk to the least that shows it, with the line that answers it now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.facts import BUNDLED
from tests.fuzz.folders import linked
from tests.fuzz.harness import Case, answer, fence
from tests.fuzz.studies import PRINTED, ROWS, STUDY
from tests.fuzz.tables import put_aside

OUT = ("--out", "{folder}/out")
LONG = "n" * 300


def spec(text: str, *says: str, words: tuple[str, ...] = ("run",)) -> Case:
    return Case("", text, (*words, "{folder}/mine.toml", *OUT), {"mine.toml": text}, True, says)


def study(change: tuple[str, str], *says: str, more: tuple[str, ...] = ()) -> Case:
    text = STUDY.replace(*change, 1)
    assert text != STUDY or not change[0]
    files = {"own.toml": text, "rows.csv": ROWS, "printed.csv": PRINTED}
    words = ("replicate", "{folder}/own.toml", "--data", "{folder}", *more)
    return Case("", f"{change[1]} {more}", words, files, True, says)


def line(*words: str, says: tuple[str, ...]) -> Case:
    return Case("", " ".join(words), words, {"file": "x"}, True, says)


MODEL = "[model.contribution.priors]\n"
SPECS = [
    spec("[panel]\nsource = {a = 1}", "panel.source", "{'a': 1}", "'bundled'"),
    spec('[model.potential]\nknots = "4"', "model.potential.knots", "'4'", "a valid integer"),
    spec("[model.potential]\nknots = true", "model.potential.knots", "True", "a valid integer"),
    spec("[model.potential]\nknots = 4.0", "model.potential.knots", "4.0", "a valid integer"),
    spec(MODEL + 'slope = "1.5"', "priors.slope", "'1.5'", "a valid number"),
    spec(MODEL + "slope = true", "priors.slope", "True", "a valid number"),
    spec(MODEL + "slope = nan", "priors.slope", "nan", "a finite number"),
    spec(MODEL + "slope = inf", "priors.slope", "inf", "a finite number"),
    spec(MODEL + "slope = 1e308", "priors.slope", "1e+308", "less than or equal to 1000"),
    spec(MODEL + "slope = 1e-320", "priors.slope", "1e-320", "greater than or equal to 0.0001"),
    spec(MODEL + "state_autocorrelation = [inf, 1.0]", "state_autocorrelation", "inf", "a finite number"),
    spec("[model.depth]\nbaseline = -inf", "model.depth.baseline", "-inf", "a finite number"),
    spec("[model.depth]\nbaseline = 1e9", "model.depth.baseline", "less than or equal to 100"),
    spec("[model.depth]\nscale = [nan, 1.0]", "model.depth.scale", "nan", "a finite number"),
    spec("[panel]\nsimilarity_span = inf", "panel.similarity_span", "inf", "a finite number"),
    spec("[panel]\nyears = [2010.5, 2012]", "panel.years", "2010.5", "a valid integer"),
    spec("[panel]\nyears = [1, 2]", "panel.years", "greater than or equal to 1800"),
    spec("[panel]\nyears = [1850, 1860]", "1850"),
    spec("[panel]\nleader = 0", "panel.leader", "greater than or equal to 2"),
    spec("title = ['a']", "title", "['a']", "a valid string"),
    spec(f"title = '{'x' * 5000}'", "title", "5,000 characters", "at most 2,000"),
    spec('title = "\\u0000"', "title", "control character U+0000"),
    spec("study = 'gannon'", "study", "'gannon'", "'gannon-kent'"),
    spec("[model.contribution]\ncontrols = ['a', 'a']", "controls", "a name occurs twice"),
    spec("[sampling]\nseed = 4294967296", "sampling.seed", "less than 4294967296"),
    spec("[sampling]\ndraws = 1000000000000", "sampling.draws", "less than or equal to 1000000"),
    spec("[sampling]\nchains = 64\ndraws = 1000000", "sampling.draws", "GB", "fewer draws"),
    spec("[model.depth]\nimputations = 100000000", "imputations", "less than or equal to 10000"),
    spec(
        "[sampling]\ndraws = 100000\n[model.depth]\nmeasurement = 'cut'\nimputations = 10000",
        *("sampling.draws", "4,000,000,000 draws in all", "100,000,000"),
    ),
    spec("[multiverse]\nchains = 65", "multiverse.chains", "less than or equal to 64"),
    spec("[multiverse.priors.a]\nslope = 'x'", "multiverse.priors.a.slope", "'x'", "a valid number"),
    spec("[multiverse]\nlikelihood = ['word']", "multiverse.likelihood", "'word'", "hurdle_beta"),
    spec("[sensitivity]\nbaseline = [nan]", "sensitivity.baseline", "nan", "a finite number"),
    spec("[bridge]\noperations = []", "bridge.operations"),
    spec("[bridge]\npooled = [{operations = ['ISAF']}]", "bridge.pooled.1", "'ISAF'", words=("bridge",)),
    spec("[bridge]\npooled = [{source = 'official'}]", "'official'", "--data", words=("bridge",)),
    spec("[bridge]\nmodel = 'nothing'", "bridge.model", "'nothing'", words=("bridge",)),
    spec("[model.depth.priors]\nanchor = 'nothing'", "model.depth.priors.anchor", "'nothing'", "bases"),
    spec(MODEL + "dispersion = {size_sd = 1.0}", "dispersion.size_sd", "expected one of precision"),
    spec(MODEL + "dispersion = {precision = -1.0}", "dispersion.precision", "-1", "positive"),
    spec(MODEL + "dispersion = {precision = [1.0]}", "dispersion.precision", "[1.0]", "a number, or a table"),
    spec(MODEL + "dispersion = {precision = {family = 'Word'}}", "precision.family", "'Word'"),
    spec(
        MODEL + "dispersion = {precision = {family = 'LogNormal', mu = [1, 2], sigma = 1}}",
        *("dispersion.precision.mu", "[1, 2]", "a number"),
    ),
    spec(
        MODEL + "dispersion = {precision = {family = 'Normal', mu = 0, sigma = 1}}",
        *("dispersion.precision", "positive"),
    ),
    spec("x = " + "[" * 40 + "]" * 40, "too deep inside one another"),
    spec("x = " + "[" * 5000 + "]" * 5000, "too deep inside one another"),
    spec("[sampling]\ndraws = " + "1" * 5000, "mine.toml", "digits"),
    spec("[sampling]\ndraws = " + "1" * 4200, "sampling.draws", "less than or equal to 1000000"),
]
COMMANDS = [
    line("run", LONG, says=("no such spec",)),
    line("run", "--data", LONG, says=("too long", "a folder of research data")),
    line("replicate", LONG, says=("no study",)),
    line("data", "diff", LONG, "file", says=("no such file",)),
    *(
        line(
            command,
            "--out",
            "{folder}/file",
            says=("{folder}/file", "a folder that can be created and written"),
        )
        for command in ("run", "calibrate", "sensitivity", "bridge", "leave-out", "compare", "depth")
    ),
    line("calibrate", "--out", "{folder}/" + LONG, says=("too long",)),
    line("runs", "list", "--out", "{folder}/file", says=("found a file", "a folder that holds runs")),
    line("run", "--seed", "-1", says=("--seed", "greater than or equal to 0")),
    line("run", "--seed", str(2**32), says=("--seed", "less than or equal to 4294967295")),
    line("bridge", "--chains", "0", says=("--chains", "greater than or equal to 1")),
    line("bridge", "--draws", "-1", says=("--draws", "greater than or equal to 10")),
    line("calibrate", "--simulations", str(10**30), says=("--simulations", "less than or equal to 100000")),
    line("leave-out", "--least", "0", says=("--least", "greater than or equal to 1")),
    line("depth", "dyads", "--baseline", "nan", *OUT, says=("--baseline",)),
    line("run", "--nothing", says=("o such option: --nothing", "coalition run --help")),
    line("depth", "--data", "{folder}/file", *OUT, says=("a folder of research data",)),
    line("depth", "ties", "--years", "²-³", "--data", "{folder}", *OUT, says=("--years", "2001-2012")),
    line("depth", "ties", "--years", "9" * 5000, "--data", "{folder}", *OUT, says=("--years", "2001-2012")),
    line("run", "\x1b[31m", says=("\\x1b[31m", "no such spec")),
    line("compare", "bundled", "--folds", str(10**30), says=("--folds", "less than or equal to 1000")),
]
ONE = '[panel]\noperations = ["ISAF"]\n'
MOVING = '[model.contribution]\nstate_dynamics = "ar1"\n'


def compared(first: str, second: str, *says: str, more: tuple[str, ...] = ()) -> Case:
    words = ("compare", "{folder}/a.toml", "{folder}/b.toml", *OUT, *more)
    return Case("", f"{first} {second} {more}", words, {"a.toml": first, "b.toml": second}, True, says)


BEFORE = [
    compared("", ONE, "b, key 'panel'", "not those of a", "specs of one panel"),
    compared("", ONE, "rows, not those of a", more=("--unit", "row")),
    compared("", MOVING, "state_dynamics", "effects of states that move over years"),
    compared(ONE, ONE, "one operation", "--unit state", more=("--unit", "operation")),
    compared("", '[panel]\nsource = "official"\n', "--data with the official files"),
    compared("", '[model.contribution]\nlikelihood = "bernoulli"\n', "outcomes", "one outcome"),
    line(
        "depth",
        "--model",
        "graded",
        "--priors",
        "published",
        "--source",
        "bundled",
        *OUT,
        says=("published",),
    ),
    line("depth", "--dimension", "scope", "--source", "bundled", *OUT, says=("scope",)),
    line("depth", "check", "versions", "--data", "{folder}", *OUT, says=("atop",)),
    line(
        "depth",
        "reference",
        "--items",
        "{folder}/i.json",
        "--source",
        "bundled",
        *OUT,
        says=("--model graded",),
    ),
]
STUDIES = [
    study(("", ""), "'word'", "one of fixed_effects", "ols", more=("--estimator", "word")),
    study(("", ""), "--twins beside it", more=("--model", "word")),
    study(("", ""), "no panel: own has a file of its own", more=("--panel", "word")),
    study(("", ""), "--draws", "greater than or equal to 100", more=("--twins", "--draws", "0")),
    study(("", ""), "--seed", "greater than or equal to 0", more=("--twins", "--seed", "-1")),
    study(("", ""), "rows.csv", "folder", more=("--write", "{folder}/rows.csv/x.csv")),
    study(("", ""), "x.pdf", ".html, .tex, .md, .csv", more=("--write", "{folder}/x.pdf")),
    study(('terms = ["x"]', 'terms = ["x"]\noptions = { word = 1 }'), "options.word", "'word' of ols"),
    study(
        ('"ols"', '"gee"\noptions = { structure = "word" }'), "options.structure", "'word'", "'exchangeable'"
    ),
    study(('"ols"', '"random_effects_logit"\noptions = { points = 0 }'), "options.points", "found 0"),
    study(('"ols"', '"zero_inflated_poisson"\noptions = { inflate = ["z"] }'), "options.inflate", "'z'"),
    study(("[sample]", '[sample]\nencoding = "rot13"'), "sample.encoding", "'rot13'", "cp1252"),
    study(("[sample]", "[sample]\ninfinite_is_missing = 1"), "infinite_is_missing", "found 1", "boolean"),
    study(("[outcome]", "[outcome]\nheadline_step = -1"), "outcome.headline_step", "greater than 0"),
    study(("[outcome]", "[outcome]\nheadline_step = inf"), "outcome.headline_step", "a finite number"),
    study(('name = "own"', 'name = "own"\nfolder = 1'), "'folder' = 1"),
    study(('name = "own"', 'name = "../x"'), "name", "'../x'", more=("--twins",)),
    study(('name = "own"', f'name = "{LONG}"'), "name", more=("--twins",)),
    study(('"rows.csv"', f'"{LONG}.csv"'), "sample.file", "200 characters"),
    study(('["x"]', '["x", "x"]'), "the term 'x' twice"),
]


@pytest.fixture(scope="module")
def fenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shrunk")
    with fence(folder / "cache"):
        yield folder


@pytest.mark.parametrize(
    "case", [*SPECS, *COMMANDS, *BEFORE, *STUDIES], ids=lambda case: repr(case.name)[1:61]
)
@pytest.mark.usefixtures("fenced")
def test_one_line_says_what_is_wrong(case, tmp_path):
    found = answer(case, tmp_path)
    assert found.kind == "refused", found
    for word in case.says:
        assert word.replace("{folder}", str(tmp_path)) in found.line, found.line


@pytest.mark.parametrize("file", ["own.toml", "rows.csv", "printed.csv"])
@pytest.mark.parametrize("place", ["pipe", "folder", "circular link", "missing"])
@pytest.mark.usefixtures("fenced")
def test_what_is_no_file_is_neither_waited_for_nor_read(file, place, tmp_path):
    files = {"own.toml": STUDY, "rows.csv": ROWS, "printed.csv": PRINTED}
    words = ("replicate", "{folder}/own.toml", "--data", "{folder}")
    found = answer(Case("", "", words, files, prepare=put_aside(file, place)), tmp_path)
    assert found.kind == "refused"
    assert file.removesuffix(".toml") in found.line


@pytest.mark.usefixtures("fenced")
def test_a_number_whose_square_is_none_is_no_datum(tmp_path):
    files = {"own.toml": STUDY, "rows.csv": ROWS.replace("0.1,", "1e308,", 1), "printed.csv": PRINTED}
    words = ("replicate", "{folder}/own.toml", "--data", "{folder}")
    found = answer(Case("", "", words, files), tmp_path)
    assert found.kind == "refused"
    assert all(word in found.line for word in ("rows.csv", "'1e308'", "row"))


@pytest.mark.parametrize("written", ["1e308", "2010-02-30", "10 May 2010"])
@pytest.mark.usefixtures("fenced")
def test_a_list_is_of_a_day(written, tmp_path):
    text = (BUNDLED / "contributions.csv").read_text(encoding="utf-8")
    day = re.search(r"\d{4}-\d\d-\d\d", text)
    assert day
    words = ("data", "panel", "bundled", "--data", "{folder}")
    changed = text.replace(day.group(), written, 1)
    found = answer(Case("", "", words, {"contributions.csv": changed}, prepare=linked()), tmp_path)
    assert found.kind == "refused"
    assert all(word in found.line for word in ("row", "snapshot_date", written, "year-month-day"))
