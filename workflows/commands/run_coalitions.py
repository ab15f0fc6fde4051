"""``coalition run us-coalitions``: what a run of the pooled model of coalitions prints."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from data.common.errors import InputError
from workflows.commands.options import OutputFormat
from workflows.commands.terminal import print_table, say_json, terminal

if TYPE_CHECKING:
    from workflows.coalitions.run import CoalitionRun
    from workflows.spec.coalitions import CoalitionSpec


def run_coalitions(spec: CoalitionSpec, data: Path | None, out: Path, format: OutputFormat) -> None:
    """Carry out a spec of coalitions and show it; exit code 3 where the diagnostics gate fails."""
    from workflows.coalitions.run import TABLES, CoalitionRun

    if data is None:
        raise InputError("no data folder", "--data with the files of who took part", file=spec.name)
    started = time.perf_counter()
    run = CoalitionRun(data, out, spec)
    page = run.report()
    if format is OutputFormat.json:
        answer = {
            "run": spec.name,
            "passed": run.passed,
            "seconds": round(time.perf_counter() - started, 1),
            "report": str(page),
            **run.results_stage.about,
            **{name: run.table(name) for name in TABLES},
        }
        say_json(answer)
    else:
        show(run)
    if not run.passed:
        raise typer.Exit(3)


def show(run: CoalitionRun) -> None:
    """Print the run's tables and where its report is."""
    from figures.words import interval_words
    from workflows.draws.summary import INTERVAL_KIND

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
            f"Effects on the probability of {title}, percentage points ({interval_words(INTERVAL_KIND)})",
            shown,
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


def bridge_coalitions(
    spec: CoalitionSpec, data: Path | None, out: Path, format: OutputFormat, *, quiet: bool
) -> None:
    """Carry out the bridge of a spec of coalitions and show it; exit code 3 where a posterior fails its gate."""
    from workflows.coalitions.bridge import MODELS, coalition_bridge

    if data is None:
        raise InputError("no data folder", "--data with the files of who took part", file=spec.name)
    console = terminal(stderr=True, quiet=quiet)
    found = coalition_bridge(spec, data, out, lambda line: console.print(line, markup=False))
    if format is OutputFormat.json:
        answer = {
            "bridge": spec.name,
            "passed": found.passed,
            "advice": found.advice,
            "file": str(found.file),
        }
        say_json({**answer, "rungs": found.table})
    else:
        for model in MODELS:
            rows = found.table[found.table["model"] == model].drop(columns=["model", "interval"])
            odds = [f"log_odds{end}" for end in ("", "_lower", "_upper")]
            print_table(
                f"{model}: percentage points for one more SD of ties (step), 95 %", rows.drop(columns=odds)
            )
        out_console = terminal(soft_wrap=True)
        for line in found.advice:
            out_console.print(f"gate: {line}", markup=False)
        out_console.print(f"{found.file}", markup=False)
    if not found.passed:
        raise typer.Exit(3)
