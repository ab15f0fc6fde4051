"""The command line: one place that registers commands and turns faults into exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from data.errors import InputError
from workflows.commands.bridge import bridge
from workflows.commands.data import app as data_app
from workflows.commands.depth import depth
from workflows.commands.doctor import doctor
from workflows.commands.published import app as published_app
from workflows.commands.replicate import replicate
from workflows.commands.run import run
from workflows.commands.spec import spec

app = typer.Typer(
    name="coalition",
    help="Who sends troops to somebody else's war: Bayesian models beside the published ones.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 success, 1 unexpected error, 2 bad input, 3 diagnostics gate failed.",
)
app.command()(run)
app.command()(bridge)
app.command()(replicate)
app.command()(depth)
app.command()(spec)
app.command()(doctor)
app.add_typer(data_app, name="data")
app.add_typer(published_app, name="published")


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


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error and exit code 2."""
    try:
        app()
    except InputError as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", markup=False, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; what was finished is kept, the same command continues")
        sys.exit(130)
