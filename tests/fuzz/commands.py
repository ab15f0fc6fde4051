"""Command lines with one word put wrong: every option of every command, and what a folder must not be."""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer.main

from tests.fuzz.harness import Case

GROUP = "command line"
#: Words that let each command begin at once, on bundled data.
WORDS: dict[str, tuple[str, ...]] = {
    "run": ("bundled",),
    "calibrate": ("bundled",),
    "compare": ("bundled", "--method", "kfold"),
    "multiverse": ("multiverse-bundled",),
    "sensitivity": ("bundled",),
    "bridge": ("bundled",),
    "leave-out": ("bundled",),
    "effects": ("{folder}/draws.csv", "{folder}/draws.csv", "--step", "0.2"),
    "replicate": ("henke-2017-table-1", "--data", "{folder}"),
    "depth": ("--source", "bundled"),
    "depth check": ("predictive", "--source", "bundled"),
    "depth dyads": ("--source", "bundled", "--data", "{folder}"),
    "depth ties": ("--data", "{folder}"),
    "depth calibrate": (),
    "depth reference": ("--source", "bundled", "--model", "graded"),
    "spec": ("bundled",),
    "doctor": (),
    "data list": (),
    "data show": ("atop",),
    "data cite": ("atop",),
    "data fetch": ("atop", "--data", "{folder}"),
    "data check": ("bundled", "--data", "{folder}"),
    "data diff": ("{folder}/a.csv", "{folder}/a.csv"),
    "data coalitions": ("--data", "{folder}"),
    "data panel": ("bundled",),
    "published list": (),
    "published show": ("gannon-kent",),
    "runs list": (),
    "runs show": ("bundled",),
    "runs rm": ("bundled", "--yes"),
    "runs diff": ("bundled", "bundled"),
}
WHOLE = ("word", "", "-1", "1.5", "nan", "1e3", str(10**30), "0x10", "١٢")
ZERO_IS_ABSURD = ("--chains", "--draws", "--simulations", "--folds", "--workers", "--least", "--leader")
REAL = ("word", "", "nan", "inf", "1e308")
#: What stands where a folder or a file is to be written.
PLACES = ("{folder}/a.csv", "{folder}/a.csv/under", "/proc/nowhere", "{folder}/" + "n" * 300, "{folder}/loop")
FILES = {
    "a.csv": "ccode,year,x\n2,2001,1\n",
    "draws.csv": "a,b\n" + "0.1,0.2\n0.2,0.1\n" * 20,
    "bytes.toml": b"\xff\xfe\x00\x01",
    "empty.toml": "",
}
SPECS = (
    "{folder}",
    "{folder}/a.csv",
    "{folder}/bytes.toml",
    "{folder}/none.toml",
    "",
    "[/]",
    "n" * 300,
    "/dev/null/x.toml",
    "{folder}/loop",
)
TEXT = (
    "",
    "[/]",
    "=HYPERLINK(1)",
    "n" * 5000,
    "../..",
    "\x1b[31m",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
)


def loop(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")


def commands() -> dict[str, Any]:
    """Every command by its words."""
    from workflows.cli import app

    def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
        inner = getattr(command, "commands", {})
        if path and (not inner or getattr(command, "invoke_without_command", False)):
            yield " ".join(path), command
        for name, child in inner.items():
            yield from walk(child, (*path, name))

    return dict(walk(typer.main.get_command(app)))


def cases(_: random.Random) -> Iterator[Case]:
    """Every option of every command with values that it must refuse, and some that it may take."""
    for name, command in commands().items():
        kinds = get_type_hints(command.callback, include_extras=True)
        flags = {
            option.opts[0]: kinds[option.name]
            for option in command.params
            if option.name in kinds and option.opts[0].startswith("-")
        }
        arguments = [one.name for one in command.params if not one.opts[0].startswith("-")]

        def case(
            more: tuple[str, ...],
            absurd: bool,
            head: str | None = None,
            name: str = name,
            flags: dict = flags,
        ) -> Case:
            words = WORDS.get(name, ()) if head is None else (head, *WORDS.get(name, ())[1:])
            out = ("--out", "{folder}/out") if "--out" in flags and "--out" not in more else ()
            return Case(
                GROUP,
                f"{name} {' '.join(more or (head or '',))}"[:70],
                (*name.split(), *words, *out, *more),
                FILES,
                absurd,
                prepare=loop,
            )

        yield case((), False)
        yield case(("--no-such-option",), True)
        yield case(("one", "two", "three"), False)
        yield case(("--format",), True)
        for flag, annotation in flags.items():
            for value, absurd in values(flag, annotation):
                # A folder that is not there yet holds no runs.
                absent = value in (PLACES[1], PLACES[2], PLACES[4]) and name.startswith("runs")
                yield case((flag, value), absurd and not absent)
        if {"spec", "specs", "study", "name", "names", "first", "a"} & {*arguments}:
            for spec in SPECS:
                yield case((), not (name == "data diff" and spec == "{folder}/a.csv"), spec)


def _plain(annotation: Any) -> Any:
    """The type behind `Annotated`, `| None` and `list`."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, list):
        return _plain(inside[0])
    if origin in (Union, UnionType):
        return _plain(next(one for one in inside if one is not type(None)))
    return annotation


def values(flag: str, annotation: Any) -> list[tuple[str, bool]]:
    """Values of an option, and whether it must refuse each."""
    kind = _plain(annotation)
    if kind is bool:
        return []
    if kind is int:
        return [*((value, True) for value in WHOLE), ("0", flag in ZERO_IS_ABSURD)]
    if kind is float:
        return [(value, True) for value in REAL]
    if get_origin(kind) is Literal or issubclass(kind, Enum):
        return [(value, True) for value in ("word", "", "TEXT", "[/]")]
    if flag == "--write":
        return [(f"{place}.csv" if place else "", place != PLACES[0]) for place in PLACES]
    if kind is Path:
        return [(place, flag not in ("--items", "--rows") or place != PLACES[0]) for place in PLACES]
    return [(value, flag not in ("--scheduler", "--operation")) for value in TEXT]
