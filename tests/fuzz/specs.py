"""Specs with one value put wrong: every key that a spec has, walked through by its declared type."""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from tests.fuzz.harness import Case

GROUP = "specs"
LONG = "x" * 5000
HUGE = 10**30
#: TOML text of values, with the kind of each.
VALUES: dict[str, tuple[str, ...]] = {
    "text": ('"word"', '"4"', '"1.5"', '"true"', '""', f'"{LONG}"', '"[/]"', '"a\\nb"', '"\\u0000"'),
    "truth": ("true", "false"),
    "whole": ("0", "-1", "3", str(HUGE), str(-HUGE), str(2**63), "9" * 4200),
    "real": ("1.5", "-0.5", "nan", "inf", "-inf", "1e308", "-1e308", "1e-320"),
    "list": (
        "[]",
        '["a"]',
        "[1]",
        "[true]",
        "[nan]",
        "[inf, 1.0]",
        '[["a"]]',
        "[[1]]",
        "[1, 2, 3]",
        '["a", "a"]',
        "[{}]",
    ),
    "table": ("{}", "{a = 1}", '{a = "b"}', "{a = {b = {c = 1}}}", "{a = nan}", "{a = []}", "{a = true}"),
    "date": ("2001-01-01", "07:32:00"),
}
ABSURD_TEXT = (f'"{LONG}"', '"\\u0000"')
ABSURD_NUMBERS = ("nan", "inf", "-inf", "1e308", "-1e308", str(HUGE), str(-HUGE), str(2**63), "9" * 4200)
ABSURD_INSIDE = ("[nan]", "[inf, 1.0]", "{a = nan}", '[["a"]]', "[[1]]")


def keys(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every key of a spec, dotted, with the annotation of its value; tables of fixed keys are entered."""
    for name, field in model.model_fields.items():
        inner = _model(field.annotation)
        yield (*path, name), field.annotation
        if inner is not None:
            yield from keys(inner, (*path, name))


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return next((m for a in get_args(annotation) if (m := _model(a)) is not None), None)
    return None


def kinds(annotation: Any) -> set[str]:
    """The kinds of TOML values that an annotation may take."""
    origin = get_origin(annotation)
    if annotation is Any:
        return {*VALUES}
    if origin in (Union, UnionType):
        return set().union(*(kinds(a) for a in get_args(annotation)))
    if origin is Annotated:
        return kinds(get_args(annotation)[0])
    if origin is Literal:
        return {"text"}
    if origin in (list, tuple):
        return {"list"}
    if origin is dict or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return {"table"}
    return {bool: {"truth"}, int: {"whole"}, float: {"whole", "real"}, str: {"text"}, NoneType: set()}[
        annotation
    ]


def key_cases(_: random.Random) -> Iterator[Case]:
    """Every key with every kind of value; a value of another kind than declared is absurd."""
    from workflows.spec.run import RunSpec

    for path, annotation in keys(RunSpec):
        allowed = kinds(annotation)
        for kind, values in VALUES.items():
            for value in values:
                wrong = kind not in allowed or value in ABSURD_INSIDE
                wrong |= value in ABSURD_TEXT or value in ABSURD_NUMBERS
                key = ".".join(path)
                yield Case(
                    GROUP,
                    f"{key} = {value[:24]}",
                    ("run", "{folder}/mine.toml", "--out", "{folder}/out", "--quiet"),
                    {"mine.toml": f"{key} = {value}\n"},
                    absurd=wrong and annotation is not Any,
                )


def whole_files() -> dict[str, str | bytes]:
    """Files that are no spec, or one that nobody can mean."""
    return {
        "nothing": b"",
        "a byte order mark": "\ufefftitle = 'x'\n".encode(),
        "latin-1": "title = 'Côte'\n".encode("latin-1"),
        "UTF-16": "title = 'x'\n".encode("utf-16"),
        "bytes": bytes(range(256)),
        "deep lists": "x = " + "[" * 5000 + "]" * 5000,
        "deep tables": "x = " + "{a = " * 3000 + "1" + "}" * 3000,
        "deep keys": "a" + ".a" * 5000 + " = 1",
        "5,000 digits": "[sampling]\ndraws = " + "1" * 5000,
        "a long text": f"title = '{'x' * 3_000_000}'",
        "a key twice": "title = 'a'\ntitle = 'b'\n",
        "a table twice": "[panel]\n[panel]\n",
        "a long name": f"name = '{'x' * 300}'\n",
        "a name that is a path": "name = '../../x'\n",
        "an unknown study": "study = 'gannon'\n",
        "a control twice": "[model.contribution]\ncontrols = ['log_gdppc', 'log_gdppc']\n",
        "a control that is none": "[model.contribution]\ncontrols = ['nothing']\n",
        "years that no source reaches": "[panel]\nyears = [1850, 1860]\n",
        "years to come": "[panel]\nyears = [2100, 2110]\n",
        "years the wrong way round": "[panel]\nyears = [2010, 2001]\n",
        "a leader that is no state": "[panel]\nleader = 999\n",
        "a leader who is no leader": "[panel]\nleader = 910\n",
        "an operation that is none": "[panel]\noperations = ['Nowhere']\n",
        "no operation": "[panel]\noperations = []\n",
        "draws beyond memory": "[sampling]\nchains = 64\ndraws = 1000000\n",
        "imputations beyond memory": (
            "[sampling]\ndraws = 1000000\n[model.depth]\nmeasurement = 'cut'\nimputations = 10000\n"
        ),
        "too few draws": "[sampling]\nchains = 1\ndraws = 10\n",
        "an unknown sampler": "[sampling]\nsampler = 'stan'\n",
        "gpu without numpyro": "[sampling]\ndevice = 'gpu'\n",
        "a likelihood of nowhere": "[model.contribution]\nlikelihood = 'nowhere:OBJECT'\n",
        "a likelihood that is none": "[model.contribution]\nlikelihood = 'os:path'\n",
        "a likelihood without a name": "[model.contribution]\nlikelihood = ':'\n",
        "a likelihood in brackets": "[model.contribution]\nlikelihood = '[/]'\n",
        "scale that falls": "[model.depth]\nscale = [3.0, -2.0]\n",
        "an unknown provision": "[model.depth.priors.items.nothing]\nloading = [1.0, 0.5]\nthreshold = [1.0, 0.5]\n",
        "too many distances": (
            "[model.depth.priors.items.bases]\nloading = [1.0, 0.5]\nthreshold = [1.0, 0.5]\n"
            "log_gap = [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]\n"
        ),
        "an unknown anchor": "[model.depth.priors]\nanchor = 'nothing'\n",
        **{
            f"dispersion {text}": f"[model.contribution.priors]\ndispersion = {text}\n"
            for text in DISPERSIONS
        },
    }


DISPERSIONS = (
    "{size_sd = 1.0}",
    "{precision = true}",
    "{precision = '1'}",
    "{precision = -1.0}",
    "{precision = 0}",
    "{precision = nan}",
    "{precision = [1.0]}",
    "{precision = {}}",
    "{precision = {family = 'Word'}}",
    "{precision = {family = 1}}",
    "{precision = {family = 'Model'}}",
    "{precision = {family = 'Normal', mu = 0, sigma = 1}}",
    "{precision = {family = 'LogNormal', mu = 1, sigma = -1}}",
    "{precision = {family = 'LogNormal', mu = [1, 2], sigma = 1}}",
    "{precision = {family = 'LogNormal', mean = 1}}",
    "{precision = {family = 'LogNormal', shape = 3}}",
    "{precision = {family = 'MvNormal', mu = 0}}",
    "{precision = {family = 'Poisson', mu = 3}}",
    "{precision = {family = 'HalfFlat'}}",
)
ALLOWED = ("nothing", "a byte order mark")


def whole_cases(_: random.Random) -> Iterator[Case]:
    """Whole files; all but a few are refused."""
    words = ("run", "{folder}/mine.toml", "--out", "{folder}/out", "--quiet")
    for name, text in whole_files().items():
        yield Case(GROUP, name, words, {"mine.toml": text}, absurd=name not in ALLOWED)
    grid = "[multiverse]\n"
    for text in (
        "likelihood = ['word']",
        "likelihood = ['bernoulli']",
        "list_rule = ['word']",
        "controls = {a = ['nothing']}",
        "sample = {a = {operations = ['nothing']}}",
        "sample = {a = {years = [1, 2]}}",
        "sample = {a = {years = [2100, 2101]}}",
        "sample = {a = {without_treaty = 'nothing'}}",
        "priors = {a = {slope = 'x'}}",
        "priors = {a = {word = 1.0}}",
        "leave_out = [{word = 'x'}]",
        "leave_out = [{sample = 'x'}]",
        "similarity = ['agreement', 'agreement']",
        "draws = 3",
    ):
        many = ("multiverse", "{folder}/mine.toml", "--out", "{folder}/out", "--workers", "1")
        yield Case(
            GROUP, f"multiverse {text}"[:60], many, {"mine.toml": grid + text}, absurd="agreement" not in text
        )
    for text in (
        "model = 'nothing'",
        "leave_out = ['nothing']",
        "parents = {likelihood = 'nothing'}",
        "parents = {likelihood = 'likelihood'}",
        "operations = ['nothing']",
        "operations = []",
        "twins = ['nothing']",
        "rungs = {nothing = {draws = 100}}",
        "add = [{id = 'a', label = 'a', parent = 'nothing', key = 'x', value = 1}]",
        "add = [{id = 'a', label = 'a', parent = 'likelihood', key = 'x', value = 1}]",
        "add = [{id = 'a', label = 'a', parent = 'likelihood', key = 'depth.baseline', value = nan}]",
        "add = [{id = 'a', label = 'a', parent = 'likelihood', key = 'depth.baseline', value = 'x'}]",
        "add = [{id = 'a', label = 'a', parent = 'likelihood', key = 'depth', value = 1}]",
        "add = [{id = 'a', label = 'a', parent = 'likelihood', key = 'contribution.likelihood', value = 'word'}]",
        "pooled = [{source = 'official'}]",
        "pooled = [{operations = ['ISAF']}]",
        "pooled = [1]",
    ):
        many = ("bridge", "{folder}/mine.toml", "--out", "{folder}/out", "--quiet")
        yield Case(GROUP, f"bridge {text}"[:90], many, {"mine.toml": "[bridge]\n" + text}, absurd=True)
    for text in (
        "priors = {a = {slope = 'x'}}",
        "priors = {a = {word = 1.0}}",
        "baseline = [nan]",
        "baseline = ['x']",
    ):
        many = ("sensitivity", "{folder}/mine.toml", "--out", "{folder}/out")
        yield Case(GROUP, f"sensitivity {text}", many, {"mine.toml": "[sensitivity]\n" + text}, absurd=True)
