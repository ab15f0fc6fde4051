"""``coalition doctor``: what is wrong with this installation, if anything."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer
from rich.markup import escape

from workflows.commands.options import DataDir, Format, OutputFormat, Quiet
from workflows.terminal import output

MARKS = {"good": "[green]ok[/]  ", "note": "[yellow]note[/]", "bad": "[bold red]BAD[/] "}


def doctor(data: DataDir = None, quiet: Quiet = False, format: Format = OutputFormat.text) -> None:
    """Check versions, compilers, a tiny sample, hidden packages and the data folder.

    Ends with exit code 1 if the installation is broken; a note limits what can be done and is no fault.

    Example: coalition doctor --data path/to/data
    """
    from workflows.doctor import examine

    console = output(highlight=False, soft_wrap=True)
    findings = []
    for finding in examine(data):
        findings.append(finding)
        if format is OutputFormat.text and (finding.state == "bad" or not quiet):
            console.print(f"{MARKS[finding.state]} {finding.check}: {escape(finding.found)}")
            if finding.advice:
                console.print(f"     -> {escape(finding.advice)}")
    broken = any(finding.state == "bad" for finding in findings)
    if format is OutputFormat.json:
        typer.echo(json.dumps({"healthy": not broken, "checks": [asdict(f) for f in findings]}, indent=2))
    if broken:
        raise typer.Exit(1)
