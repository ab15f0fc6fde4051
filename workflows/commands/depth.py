"""``coalition depth``: measure the latent depth of treaties from their provisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from workflows.commands import depth_more
from workflows.commands.options import Chains, DataDir, Draws, FilesDir, Format, OutputFormat, Seed
from workflows.commands.terminal import columns, say_json, terminal

app = typer.Typer(invoke_without_command=True)
app.command()(depth_more.check)
app.command()(depth_more.dyads)
app.command()(depth_more.ties)
app.command()(depth_more.calibrate)
app.command()(depth_more.reference)


@app.callback()
def depth(
    context: typer.Context,
    source: depth_more.SourceName = "benson-clinton",
    model: depth_more.ModelName = "factor",
    priors: Annotated[
        Literal["default", "published"], typer.Option(help="Weakly informative, or as published (factor).")
    ] = "default",
    dimension: Annotated[
        Literal["depth", "capacity", "scope"], typer.Option(help="Which dimension of an alliance.")
    ] = "depth",
    chains: Chains = 4,
    draws: Draws = 2000,
    data: DataDir = None,
    out: FilesDir = Path("results/depth"),
    seed: Seed = 20010911,
    format: Format = OutputFormat.text,
) -> None:
    """Measure depth; write loadings.csv, scores.csv, the draws (depth.nc) and a page (depth.html) into --out.

    Ends with exit code 3 where sampling did not converge or scores do not rise with the
    number of provisions; the files are written all the same, for a look.

    Example: coalition depth --source bundled --model graded
    """
    if context.invoked_subcommand is not None:
        return
    from workflows.depth.measure import measure, measure_spec
    from workflows.depth.page import depth_page
    from workflows.depth.tables import as_json, write

    spec = measure_spec(
        source=source, model=model, priors=priors, dimension=dimension, chains=chains, draws=draws, seed=seed
    )
    depth_more.made(out)
    measured = measure(spec, data)
    files = write(measured, out)
    page = out / "depth.html"
    page.write_text(depth_page(measured, data), encoding="utf-8")
    files["page"] = str(page)
    if format is OutputFormat.json:
        say_json(as_json(measured, files))
    else:
        show(measured, files)
    if not measured.passed:
        console = terminal(stderr=True)
        for line in measured.gate.advice():
            console.print(line)
        if not measured.check.passed:
            console.print(str(measured.check))
        raise typer.Exit(3)


def show(measured, files: dict[str, str]) -> None:
    """Print loadings as a table, and where the files are."""
    from figures.words import interval_name
    from workflows.depth.tables import loadings

    spec = measured.spec
    table = columns(
        "provision", ">loading", ">sd", ">lower", ">upper", ">uniqueness", ">R-hat", ">ESS",
        title=f"{spec.dimension}: {spec.model} model, {spec.source}, {len(measured.table)} treaties, "
        f"{spec.priors} priors",
        caption=f"provisions coded by {measured.coder}; posterior mean, SD and "
        f"{interval_name(spec.interval)} of loadings; R-hat and bulk ESS of loadings",
    )  # fmt: skip
    for row in loadings(measured).itertuples():
        if row.note:
            continue
        table.add_row(
            row.provision,
            f"{row.loading_mean:.3f}",
            f"{row.loading_sd:.3f}",
            f"{row.loading_lower:.3f}",
            f"{row.loading_upper:.3f}",
            f"{row.uniqueness_mean:.3f}",
            f"{row.loading_r_hat:.4f}",
            f"{row.loading_ess_bulk:.0f}",
        )
    console = terminal()
    console.print(table)
    if measured.constant:
        console.print(f"left out, since they do not vary: {', '.join(measured.constant)}")
    console.print(str(measured.check))
    console.print(f"gate {'passed' if measured.gate.passed else 'FAILED'}; {', '.join(files.values())}")
