"""``coalition coalitions``: who joins coalitions led by the United States, and who the others; pooled, with a placebo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from data.errors import InputError
from workflows.commands.data_panel import print_table, records
from workflows.commands.options import DataDir, Draws, Format, OutDir, OutputFormat, Seed
from workflows.terminal import terminal


def coalitions(
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: Seed = 20010911,
    draws: Draws = 2500,
    operations: Annotated[
        Path | None,
        typer.Option(
            "--operations",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A table in place of the bundled operations.",
        ),
    ] = None,
    format: Format = OutputFormat.text,
) -> None:
    """Fit the pooled model of US-led coalitions 1990-2005 and its placebo; minutes on two cores.

    Breadth of ties with the United States is a latent measured from four kinds of ties, depth one measured from
    the treaties' provisions. The placebo: does breadth predict who joins UN missions that the United States did
    not lead? Ends with exit code 3 where the diagnostics gate fails.

    Example: coalition coalitions --data DIR --out results
    """
    from workflows.coalition_page import coalition_page
    from workflows.coalitions import SAMPLING, TABLES, CoalitionRun

    if data is None:
        raise InputError("no data folder", "--data with the files of who took part")
    sampling = SAMPLING.model_copy(update={"seed": seed, "draws": draws})
    run = CoalitionRun(data, out, sampling, operations=operations)
    with run.store.lock():
        about = run.results_stage.about
        (run.store.folder / "report.html").write_text(coalition_page(run), encoding="utf-8")
    if format is OutputFormat.json:
        answer = {"passed": run.passed, **about, **{name: records(run.table(name)) for name in TABLES}}
        typer.echo(json.dumps(answer, indent=2))
    else:
        _show(run)
    if not run.passed:
        raise typer.Exit(3)


def _show(run) -> None:
    from figures.words import interval_words
    from workflows.coalition_effects import INTERVAL

    about = run.results_stage.about
    moved = run.table("feedback")
    console = terminal(width=120, highlight=False)
    console.print(f"Diagnostics gate: {'passed' if run.passed else 'FAILED'}")
    for line in [*about["advice"], *about["measurement_advice"]]:
        console.print(f"  {line}", markup=False)
    print_table("Rows", run.table("left_out"))
    print_table("Log odds of taking part for one SD of breadth between states", run.table("slopes"))
    print_table("The same with breadth as measured alone, logit with random intercepts", run.table("plug_in"))
    effects = run.table("effects")
    for outcome, title in (("any", "taking part at all"), ("hundred", "sending 100 and more")):
        shown = effects[effects["outcome"] == outcome].drop(columns=["outcome", "interval", "unit"])
        print_table(
            f"Effects on the probability of {title}, percentage points ({interval_words(INTERVAL)})", shown
        )
    print_table("Contributors by operation, observed and replicated", run.table("predictive"))
    print_table("Treaties: depth measured alone and jointly", moved[moved["measure"] == "treaty_depth"])
    breadth = moved[moved["measure"] == "breadth"]
    far = breadth[breadth["moved"].abs() > 1]
    same = breadth["alone"].corr(breadth["joint"])
    console.print(
        f"\nBreadth measured alone and jointly: correlation {same:.2f} over {len(breadth)} states; moved by more "
        f"than its own SD: {', '.join(far['name']) or 'none'}",
        markup=False,
    )
    print_table(
        "Paid among contributors: mean surprise of the paid less that of others, and bounds",
        run.table("payments"),
    )
    console.print(f"\n{run.store.folder / 'report.html'}", markup=False)
