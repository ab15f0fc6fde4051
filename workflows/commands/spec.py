"""``coalition spec``: the specs that come with the project, every default visible, ready to be edited."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.commands.options import Format, OutputFormat, complete_spec
from workflows.commands.terminal import say_json


def spec(
    name: Annotated[
        str | None,
        typer.Argument(help="A bundled spec or a TOML file; none lists them.", autocompletion=complete_spec),
    ] = None,
    format: Format = OutputFormat.text,
) -> None:
    """Print a spec with every key and its default, to be saved under another name and edited.

    The copy is named after its file, so that its run has a folder of its own.

    Example: coalition spec bundled > mine.toml
    """
    from workflows.spec.coalitions import any_spec
    from workflows.spec.run import bundled_specs
    from workflows.spec.toml import spec_toml

    if name is None:
        specs = {each: any_spec(each).title for each in bundled_specs()}
        if format is OutputFormat.json:
            say_json(specs)
        else:
            typer.echo("\n".join(f"{each}: {title}" for each, title in specs.items()))
        return
    resolved = any_spec(name)
    if format is OutputFormat.json:
        say_json(resolved.describe())
    else:
        typer.echo(spec_toml(resolved), nl=False)
