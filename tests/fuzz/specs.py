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


def cases(rng: random.Random) -> Iterator[Case]:
    """Every key with every kind of value; a value of another kind than declared is absurd."""
    from workflows.spec import RunSpec

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
