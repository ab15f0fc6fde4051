"""``coalition spec``: the specs that come with the project, every default visible, ready to be edited."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from workflows.commands.options import Format, OutputFormat, complete_spec


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
        lines = [f"{each}: {title}" for each, title in specs.items()]
        typer.echo(json.dumps(specs, indent=2) if format is OutputFormat.json else "\n".join(lines))
        return
    resolved = any_spec(name)
    typer.echo(
        json.dumps(resolved.describe(), indent=2) if format is OutputFormat.json else spec_toml(resolved),
        nl=format is OutputFormat.json,
    )
