"""``coalition sensitivity SPEC``: how far the headline effect follows from prior choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.commands.options import DataDir, Format, OutDir, OutputFormat, OwnSeed
from workflows.commands.terminal import columns, say_json, terminal


def sensitivity(
    spec: Annotated[str, typer.Argument(help="A bundled spec or a TOML file.")] = "bundled",
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: OwnSeed = None,
    refit: Annotated[bool, typer.Option("--refit/--no-refit", help="Refit under other priors too.")] = True,
    format: Format = OutputFormat.text,
) -> None:
    """Power-scale priors and likelihood by block, refit under other priors and baselines of depth.

    Uses the run of the spec where it is on disk. Example: coalition sensitivity bundled --no-refit.
    """
    from figures.words import decimal, interval_words, span
    from workflows.series.sensitivity import sensitivity as carry_out
    from workflows.spec.run import load_spec

    console = terminal(stderr=True, soft_wrap=True)
    found = carry_out(load_spec(spec, seed=seed), out, data, refit, console.print)
    if format is OutputFormat.json:
        say_json(found)
        return
    shown = columns(
        "quantity", "kind", "block", "sensitivity", "Pareto k", "diagnosis", title="Power-scaling"
    )
    for r in found["power_scaling"].itertuples():
        shown.add_row(r.quantity, r.kind, r.block, f"{r.sensitivity:.3f}", f"{r.pareto_k:.2f}", r.diagnosis)
    terminal().print(shown)
    if "refits" in found:
        shown = columns(
            "fit", "quantity", "H", "interval", "its kind", "diagnostics", title="Refits, troops per year"
        )
        for r in found["refits"].itertuples():
            ends, kind = span(r.lower, r.upper), interval_words(r.interval)
            verdict = "gate passed" if r.passed else "gate failed"
            shown.add_row(r.variant, r.quantity, decimal(r.median, 0), ends, kind, verdict)
        terminal().print(shown)
