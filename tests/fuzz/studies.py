"""Studies of one's own with one thing put wrong: the TOML, the rows, the printed table, the command line."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.fuzz.harness import Case
from tests.fuzz.tables import PLACES, damages, put_aside
from tests.own_study import STUDY

PRINTED = (
    "study,table,model,term,estimate,lower,upper,p_value,interval_level,n_obs,note\nOwn,T1,M1,X,0.1,,,,,8,\n"
)
ROWS = "ccode,iso2,year,x,y\n" + "".join(
    f"{state},A{state},{year},{(state * year) % 7 / 10},{(state + 3 * year) % 11 / 10}\n"
    for state in range(2, 12)
    for year in range(2001, 2005)
)


def studies(rng: random.Random) -> Iterator[Case]:
    """A study, its rows and its printed table."""
    group = "studies"

    def case(name: str, files: dict, more: tuple[str, ...] = (), absurd: bool = False, prepare=None) -> Case:
        whole = {"own.toml": STUDY, "rows.csv": ROWS, "printed.csv": PRINTED, **files}
        words = (
            more
            if more[:1] == ("published",)
            else ("replicate", "{folder}/own.toml", "--data", "{folder}", *more)
        )
        return Case(group, name, words, whole, absurd, prepare=prepare)

    yield case("as it is", {})
    for name, content in damages(ROWS, rng, 80):
        yield case(f"rows: {name}", {"rows.csv": content})
    for name, content in damages(PRINTED, rng, 40):
        yield case(f"printed: {name}", {"printed.csv": content})
    for place in PLACES:
        for file in ("own.toml", "rows.csv", "printed.csv"):
            yield case(f"{file}: {place}", {}, absurd=True, prepare=put_aside(file, place))
    for key, absurd, value in _study_values():
        old = (
            next(line for line in STUDY.splitlines() if line.startswith(f"{key} ="))
            if not key.startswith("+")
            else None
        )
        new = f"{key} = {value}" if old else value
        text = STUDY.replace(old, new, 1) if old else _added(key[1:], value)
        yield case(f"{key} {value[:40]}", {"own.toml": text}, absurd=absurd)
        yield case(
            f"shown: {key} {value[:40]}", {"own.toml": text}, ("published", "show", "{folder}/own.toml")
        )
    for more in (
        ("--estimator", "word"),
        ("--estimator", "gee"),
        ("--estimator", "logit"),
        ("--estimator", "zero_inflated_poisson"),
        ("--estimator", "fixed_effects_logit"),
        ("--estimator", "random_effects_logit"),
        ("--estimator", ""),
        ("--outcome", "word"),
        ("--outcome", ""),
        ("--correct", "word"),
        ("--correct", "all"),
        ("--effects",),
        ("--robustness",),
        ("--twins", "--draws", "0"),
        ("--twins", "--draws", "-1"),
        ("--twins", "--draws", "1000000000000"),
        ("--twins", "--seed", "-1"),
        ("--twins", "--model", "word"),
        ("--model", "word"),
        ("--panel", "word"),
        ("--write", "{folder}/x.pdf"),
        ("--write", "{folder}"),
        ("--write", "{folder}/rows.csv/x.csv"),
        ("--write", "/proc/x.csv"),
        ("--write", ""),
        ("--twins", "--out", "{folder}/rows.csv"),
        ("--robustness", "--write", "/proc/x.csv"),
        ("--effects", "--robustness", "--twins"),
    ):
        absurd = more[-1] in (
            "word",
            "",
            "0",
            "-1",
            "1000000000000",
            "{folder}",
            "/proc/x.csv",
            "{folder}/x.pdf",
        )
        yield case(" ".join(more)[:60], {}, more, absurd=absurd)


def _added(table: str, value: str) -> str:
    """The study with a line in a table, or a table at its end."""
    if table == "end":
        return STUDY + value + "\n"
    if table == "top":
        return value + "\n" + STUDY
    return STUDY.replace(f"[{table}]\n", f"[{table}]\n{value}\n", 1)


def _study_values() -> Iterator[tuple[str, bool, str]]:
    for key in (
        "name",
        "title",
        "study",
        "table",
        "file",
        "reader",
        "unit",
        "label",
        "time",
        "column",
        "headline_term",
        "estimator",
    ):
        for value in ("1", "true", "[]", "{}", "nan", '["a"]'):
            yield key, True, value
        for value in ('""', '"[/]"', '"../../x"', '"' + "n" * 5000 + '"', '"a\\nb"', '"\\u0000"', '"/etc"'):
            yield key, key in ("reader", "unit", "time", "column", "headline_term", "estimator"), value
    yield "terms", True, '["x", "x"]'
    for value in ("1", "[]", '"x"', '["z"]', "[1]"):
        yield "terms", value != "[]", value
    for value in ('"year"', '"nothing"', "1", "true", '"iso2"', '"y"', '"x"'):
        yield "+end", value in ('"nothing"', "1", "true"), f'errors = "clustered"\ncluster = {value}'
        yield "+end", value in ("1", "true"), f"complete_on = [{value}]"
        yield "+end", True, f"errors = {value}"
        yield "+end", value in ("1", "true"), f"options = {{ dummies = {value} }}"
        yield "+end", True, f"options = {{ word = {value} }}"
        yield "+end", True, f"options = {value}"
        yield "+end", value in ("1", "true", '"nothing"'), f"outcome = {value}"
        yield "+sample", True, f"leave_out = {{ nothing = [{value}] }}"
        yield "+sample", False, f"leave_out = {{ year = [{value}] }}"
        yield "+sample", True, f"leave_out = {value}"
        yield "+sample", True, f"encoding = {value}"
        yield "+sample", True, f"series = {value}"
        yield "+sample", value in ("1", "true", '"nothing"'), f"series = [{value}]"
        yield "+sample", value in ("1", "true", '"nothing"'), f"text = [{value}]"
        yield "+sample", value != '"x"' and value != '"y"', f"delimiter = {value}"
        yield "+sample", True, f"decimal = {value}"
        yield "+sample", False, f"missing = [{value}]"
        yield (
            "+sample",
            True,
            f"infinite_is_missing = {value}" if value != "true" else "infinite_is_missing = 1",
        )
        yield "+outcome", True, f"headline_step = {value}" if value != "1" else "headline_step = nan"
        yield "+outcome", True, f"transform = {value}"
        yield "+end", True, f"[robustness.a]\n{('add', 'drop', 'models', 'show')[len(value) % 4]} = {value}"
        yield "+end", value == "true", f"[robustness.a]\nonly = {{ year = [{value}] }}"
        yield "+end", True, f"[robustness]\na = {value}"
        yield "+end", True, f"[[correlations]]\nterms = [{value}, {value}]\nprinted = 1"
    for step in ("0", "-1", "inf", "1e308", "1e-320", "true"):
        yield "+outcome", True, f"headline_step = {step}"
    for encoding in (
        '"utf-7"',
        '"rot13"',
        '"base64"',
        '"hex"',
        '"idna"',
        '"punycode"',
        '"undefined"',
        '"unicode_escape"',
        '"zlib"',
        '"mbcs"',
        '"utf-16"',
        '"a\\u0000"',
    ):
        yield (
            "+sample",
            encoding in ('"rot13"', '"base64"', '"hex"', '"zlib"', '"undefined"'),
            f"encoding = {encoding}",
        )
    for estimator in (
        "fixed_effects",
        "logit",
        "fixed_effects_logit",
        "gee",
        "random_effects_logit",
        "zero_inflated_poisson",
    ):
        yield "estimator", False, f'"{estimator}"'
    for options in (
        '{ correlation = "word" }',
        "{ points = 0 }",
        "{ points = -1 }",
        "{ quadrature = 1000000000 }",
        '{ inflate = "x" }',
        '{ inflate = ["z"] }',
        '{ within = "ccode" }',
        '{ time = "nothing" }',
        "{ dummies = [] }",
    ):
        for estimator in ("gee", "random_effects_logit", "zero_inflated_poisson", "fixed_effects"):
            yield "estimator", True, f'"{estimator}"\noptions = {options}'
    yield "+top", True, "word = 1"
    yield "+top", True, "folder = 1"
    yield "+top", True, "outcomes = 1"
    yield "+end", True, '[[models]]\nname = "M1"\nestimator = "ols"\nterms = ["x"]'
    yield "+end", True, "[[models]]"
    yield "+end", False, '[absent]\nword = "[/]"'
