"""``coalition sensitivity SPEC``: how far the headline effect follows from prior choices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.errors import InputError
from workflows.commands.options import DataDir, Format, OutDir, OutputFormat
from workflows.terminal import output


def sensitivity(
    spec: Annotated[str, typer.Argument(help="A bundled spec or a TOML file.")] = "bundled",
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of every random number.")] = None,
    refit: Annotated[bool, typer.Option("--refit/--no-refit", help="Refit under other priors too.")] = True,
    format: Format = OutputFormat.text,
) -> None:
    """Power-scale priors and likelihood by block, refit under other priors and baselines of depth.

    Uses the run of the spec where it is on disk. Example: coalition sensitivity bundled --no-refit.
    """
    from workflows.sensitivity import sensitivity as carry_out
    from workflows.spec import load_spec

    if data is not None and not data.is_dir():
        raise InputError("no such folder", "a folder of research data", file=data)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    found = carry_out(load_spec(spec, seed=seed), out, data, refit, console.print)
    if format is OutputFormat.json:
        tables = {name: json.loads(table.to_json(orient="records")) for name, table in found.items()}
        typer.echo(json.dumps(tables, indent=2))
        return
    shown = Table("quantity", "kind", "block", "sensitivity", "Pareto k", "diagnosis", title="Power-scaling")
    for r in found["power_scaling"].itertuples():
        shown.add_row(r.quantity, r.kind, r.block, f"{r.sensitivity:.3f}", f"{r.pareto_k:.2f}", r.diagnosis)
    output().print(shown)
    if "refits" in found:
        shown = Table("fit", "quantity", "H", "interval", "diagnostics", title="Refits, troops per year")
        for r in found["refits"].itertuples():
            interval = f"{r.lower:z,.0f} to {r.upper:z,.0f} ({r.interval})"
            verdict = "gate passed" if r.passed else "gate failed"
            shown.add_row(r.variant, r.quantity, f"{r.median:z,.0f}", interval, verdict)
        output().print(shown)
