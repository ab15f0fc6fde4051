"""The command line: one place that registers commands and turns faults into exit codes."""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.console import Console

from data.errors import InputError
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


#: What a wrong option or argument raises: Click's class, which Typer now brings along under its own roof.
USAGE: type[Any] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def _wants_json(arguments: list[str]) -> bool:
    """Whether `--format json` is asked for, read before anything can go wrong with the other arguments."""
    return "--format=json" in arguments or ("--format", "json") in itertools.pairwise(arguments)


def _say_in_json(error: dict[str, object]) -> None:
    """What went wrong, for a program that reads standard output; people read the line on standard error."""
    typer.echo(json.dumps({"error": error}, default=str, indent=2))


_received: list[int] = []


def _interrupt(number: int, _frame: object) -> None:
    """Turn Ctrl-C and SIGTERM into one exception, so that both leave everything in order."""
    _received.append(number)
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error and exit code 2.

    With ``--format json`` standard output then holds ``{"error": {"message", ...}}``.

    Ctrl-C and SIGTERM end it with one line and 128 plus the signal's number: 130 and 143.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    wants_json = _wants_json(sys.argv[1:])
    try:
        if not wants_json:
            app()
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except USAGE as error:
        _say_in_json({"message": error.format_message()})
        error.show()
        sys.exit(error.exit_code)
    except typer.Abort:
        os._exit(128 + (_received or [signal.SIGINT])[-1])
    except InputError as error:
        if wants_json:
            parts = {
                key: getattr(error, key) for key in ("found", "expected", "file", "row", "column", "key")
            }
            known = {key: value for key, value in parts.items() if value is not None}
            _say_in_json({"message": str(error)} | known)
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", markup=False, highlight=False)
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit):
        # Typer turns an interruption into an exit of its own, without a word.
        if not _received:
            raise
        Console(stderr=True).print("interrupted: what was finished is kept, the same command continues")
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads of a sampler may still be at work; there is nothing left to wait for.
        os._exit(128 + _received[-1])
