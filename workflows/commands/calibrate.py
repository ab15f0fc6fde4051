"""``coalition calibrate SPEC``: does the joint model of a spec recover what it simulates?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.commands.options import DataDir, Format, OutDir, OutputFormat, OwnSeed, Scheduler, Workers
from workflows.commands.terminal import say_json, terminal


def calibrate(
    spec: Annotated[str, typer.Argument(help="A bundled spec or a TOML file.")] = "bundled",
    simulations: Annotated[
        int, typer.Option("--simulations", min=1, max=100_000, help="Simulated worlds.")
    ] = 100,
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: OwnSeed = None,
    workers: Workers = 1,
    scheduler: Scheduler = "local",
    format: Format = OutputFormat.text,
) -> None:
    """Check by simulation that a spec's joint model is calibrated.

    The program is compiled once a worker; simulations on disk are not done again, so that more can be
    added in pieces: ask for a larger number. Exit code 3 means that a quantity left its simultaneous band.
    Example: coalition calibrate bundled --simulations 100 --workers 2.
    """
    from workflows.series.calibrate import calibrate as carry_out
    from workflows.spec.run import load_spec

    console = terminal(stderr=True, soft_wrap=True)

    def progress(done: int, total: int, result: dict) -> None:
        said = (
            result.get("error") or f"{result['cpu_seconds']:.0f} CPU-s, {result['divergences']} divergences"
        )
        console.print(f"{done} of {total}: {said}")

    verdict = carry_out(load_spec(spec, seed=seed), simulations, out, data, workers, scheduler, progress)
    if format is OutputFormat.json:
        say_json(verdict)
    else:
        typer.echo("calibrated" if verdict["passed"] else "NOT calibrated, or not judged")
        for name, far in verdict["outside"].items():
            typer.echo(f"outside its band: {name} (largest distance {far:.2f})")
        for key in (
            "note",
            "errors",
            "fits_with_divergences",
            "fits_above_r_hat",
            "fits_below_ess",
            "peak_megabytes",
        ):
            if verdict.get(key):
                typer.echo(f"{key.replace('_', ' ')}: {verdict[key]}")
    if not verdict["passed"]:
        raise typer.Exit(3)
