"""``coalition doctor``: what is wrong with this installation, if anything."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.text import Text

from workflows.commands.options import DataDir, Format, OutputFormat, Quiet
from workflows.commands.terminal import say_json, terminal

MARKS = {"good": ("ok  ", "green"), "note": ("note", "yellow"), "bad": ("BAD ", "bold red")}


def doctor(data: DataDir = None, quiet: Quiet = False, format: Format = OutputFormat.text) -> None:
    """Check versions, compilers, a tiny sample, hidden packages and the data folder.

    Ends with exit code 1 if the installation is broken; a note limits what can be done and is no fault.

    Example: coalition doctor --data path/to/data
    """
    from workflows.run.doctor import examine

    console = terminal(soft_wrap=True)
    findings = []
    for finding in examine(data):
        findings.append(finding)
        if format is OutputFormat.text and (finding.state == "bad" or not quiet):
            console.print(Text(*MARKS[finding.state]), f"{finding.check}: {finding.found}")
            if finding.advice:
                console.print(f"     -> {finding.advice}")
    broken = any(finding.state == "bad" for finding in findings)
    if format is OutputFormat.json:
        say_json({"healthy": not broken, "checks": [asdict(f) for f in findings]})
    if broken:
        raise typer.Exit(1)
