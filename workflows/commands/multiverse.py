"""``coalition multiverse SPEC``: a declared grid of specifications and its curve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.commands.options import DataDir, Format, OutDir, OutputFormat, OwnSeed, Scheduler, Workers
from workflows.commands.terminal import say_json, terminal


def multiverse(
    spec: Annotated[str, typer.Argument(help="A spec with a [multiverse] table.")],
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: OwnSeed = None,
    workers: Workers = 2,
    scheduler: Scheduler = "local",
    format: Format = OutputFormat.text,
) -> None:
    """Fit every specification of a spec's grid and draw the curve of headline effects.

    Fits that are on disk are not done again, so a stopped multiverse goes on where it stopped. Each
    fit shows its gate's verdict; one that raised an error stays in the table as a failure.
    Example: coalition multiverse multiverse-bundled --workers 2.
    """
    from figures.words import decimal
    from workflows.series.multiverse import Multiverse, draw
    from workflows.spec.run import load_spec

    console = terminal(stderr=True, soft_wrap=True)
    many = Multiverse(load_spec(spec, seed=seed), out, data)

    def progress(done: int, total: int, row: dict) -> None:
        said = row["error"] if row.get("error") else f"H {decimal(row['headline'], 0)}"
        verdict = "" if row.get("error") else ", gate passed" if row["passed"] else ", gate failed"
        console.print(f"{done} of {total}: {said}{verdict}")

    table = many.run(workers, scheduler, progress)
    files = draw(table, many.folder)
    counts = table["diagnostics"].value_counts().to_dict()
    if format is OutputFormat.json:
        record = {"specifications": len(table), "diagnostics": counts, "files": [str(f) for f in files]}
        say_json({**record, "table": table})
        return
    typer.echo(files[-1].read_text().strip())
    typer.echo(f"figure: {files[0]}")
    typer.echo(f"table: {many.folder / 'specifications.csv'}")
