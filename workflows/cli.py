"""The command line: one place that registers commands and turns faults into exit codes."""

from __future__ import annotations

import itertools
import json
import re
import sys
from copy import copy
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from typer.exceptions import TyperException

from data.common.disk import refused
from data.common.errors import InputError, shown
from workflows.commands.bridge import bridge
from workflows.commands.calibrate import calibrate
from workflows.commands.compare import compare
from workflows.commands.data import app as data_app
from workflows.commands.depth import app as depth_app
from workflows.commands.doctor import doctor
from workflows.commands.effects import effects
from workflows.commands.leave_out import leave_out
from workflows.commands.multiverse import multiverse
from workflows.commands.published import app as published_app
from workflows.commands.replicate import replicate
from workflows.commands.run import run
from workflows.commands.runs import app as runs_app
from workflows.commands.sensitivity import sensitivity
from workflows.commands.spec import spec

app = typer.Typer(
    name="coalition",
    help="Who sends troops to somebody else's war: Bayesian models beside the published ones.",
    no_args_is_help=True,
    # Help as it is written: Rich's markup would take [multiverse] for a style and leave it out.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 success, 1 unexpected error, 2 bad input, 3 diagnostics gate failed, "
    "130 and 143 interrupted.",
)
app.command()(run)
app.command()(calibrate)
app.command()(compare)
app.command()(multiverse)
app.command()(sensitivity)
app.command()(bridge)
app.command()(effects)
app.command("leave-out")(leave_out)
app.command()(replicate)
app.add_typer(depth_app, name="depth")
app.command()(spec)
app.command()(doctor)
app.add_typer(data_app, name="data")
app.add_typer(published_app, name="published")
app.add_typer(runs_app, name="runs")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("coalition-workbench"))
        raise typer.Exit


@app.callback()
def _main(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Set every posterior beside the published result on the same estimand."""


def _wants_json(arguments: list[str]) -> bool:
    """Whether `--format json` is asked for, read before anything can go wrong with the other arguments."""
    return "--format=json" in arguments or ("--format", "json") in itertools.pairwise(arguments)


def _say(line: str, **parts: object) -> None:
    """Say what went wrong: a line on standard error for people, JSON on standard output for a program that asked."""
    if _wants_json(sys.argv[1:]):
        known = {key: value for key, value in parts.items() if value is not None}
        typer.echo(json.dumps({"error": {"message": line, **known}}, default=str, indent=2))
    Console(stderr=True, soft_wrap=True).print(f"error: {line}", markup=False, highlight=False)


_PYDANTIC = re.compile(r"Value error, |Input should be ")


def _refusal(error: TyperException) -> InputError:
    """What is wrong with the words of a command line, as every other fault of input."""
    said = _PYDANTIC.sub("", " ".join(error.message.split())).rstrip(".")
    words = sys.argv[1:]
    for option in getattr(getattr(error, "param", None), "opts", ()):
        given = [b for a, b in itertools.pairwise(words) if a == option]
        given += [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
        if given:
            return InputError(shown(given[-1]), said.removeprefix(f"{given[-1]!r} is not "), key=option)
    command = getattr(getattr(error, "ctx", None), "command_path", "coalition")
    found = _PYDANTIC.sub("", error.format_message()).rstrip(".")
    return InputError(f"{found[:1].lower()}{found[1:]}", f"words as `{command} --help` shows them")


def _asked(word: str) -> typer.Typer:
    """The app with the one command that is asked for: Typer reads the signatures of all that it has.

    With every command where there is none of that name: help and what is said then name them.
    """
    only = copy(app)
    only.registered_commands = [
        c for c in app.registered_commands if c.callback and word == (c.name or c.callback.__name__)
    ]
    only.registered_groups = [g for g in app.registered_groups if g.name == word]
    return only if only.registered_commands or only.registered_groups else app


def _answer() -> None:
    """Carry out the command; a mistake in its words is an error as any other, and is said in one line."""
    try:
        code = _asked(sys.argv[1] if sys.argv[1:] else "")(standalone_mode=False)
    except typer.Abort:
        sys.stderr.write("aborted\n")
        sys.exit(1)
    except TyperException as error:
        if not sys.argv[1:] or type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error.format_message()}\n")
            sys.exit(2)
        raise _refusal(error) from None
    sys.exit(code if isinstance(code, int) else 0)


def main() -> None:
    """Run the command line; a fault of input or machine is one line on standard error.

    With ``--format json`` standard output then holds ``{"error": {"message", ...}}``. Exit code 2 for a user's
    mistake, 1 where the machine refuses (a full disk, a folder that became read-only).
    """
    try:
        _answer()
    except InputError as error:
        names = ("found", "expected", "file", "row", "column", "key")
        _say(str(error), **{name: getattr(error, name) for name in names})
        sys.exit(2)
    except Exception as error:
        line = refused(error)
        if line is None:
            raise
        _say(line)
        sys.exit(1)
