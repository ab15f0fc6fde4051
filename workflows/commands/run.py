"""``coalition run [SPEC]``: from data to report."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from workflows import samplers
from workflows.commands.options import (
    Chains,
    DataDir,
    Draws,
    Format,
    OutDir,
    OutputFormat,
    OwnSeed,
    Quiet,
    complete_spec,
)
from workflows.commands.terminal import columns, say_json, terminal


def run(
    spec: Annotated[
        str,
        typer.Argument(
            help="A bundled spec (see `coalition spec`) or a TOML file.", autocompletion=complete_spec
        ),
    ] = "bundled",
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: OwnSeed = None,
    chains: Chains = None,
    draws: Draws = None,
    sampler: Annotated[
        str | None, typer.Option("--sampler", help=f"One of {', '.join(samplers.names())}.", metavar="NAME")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="cpu or gpu; numpyro alone knows gpu.", metavar="NAME")
    ] = None,
    format: Format = OutputFormat.text,
    quiet: Quiet = False,
) -> None:
    """Sample the joint model of a spec and set it beside the published estimates.

    What was computed before and has not changed is not computed again; an interrupted run continues. Exit
    code 3 means that the posterior did not pass its diagnostics: the report says what to do.

    Examples: coalition run gannon-kent --data DIR; coalition run us-coalitions --data DIR
    """
    from workflows.pages.support_tables import support_json
    from workflows.spec.coalitions import CoalitionSpec, any_spec
    from workflows.store.notices import as_json

    resolved = any_spec(spec, seed=seed, chains=chains, draws=draws, sampler=sampler, device=device)
    if isinstance(resolved, CoalitionSpec):
        from workflows.commands.run_coalitions import run_coalitions

        return run_coalitions(resolved, data, out, format)
    console = terminal(stderr=True, quiet=quiet)
    with Reporter(console) as reporter:
        from workflows.run.run import run as carry_out

        started = time.perf_counter()
        outcome = carry_out(resolved, out, data, reporter)
    seconds = time.perf_counter() - started
    if format is OutputFormat.json:
        columns = ["id", "label", "group", "headline", "lower", "upper", "interval", "rows", "states", "step"]
        say_json(
            {
                "run": resolved.name,
                "passed": outcome.passed,
                "seconds": round(seconds, 1),
                "report": str(outcome.report) if outcome.report.exists() else None,
                "headline": outcome.headline.reindex(columns=columns),
                "separate": outcome.separate,
                "advice": outcome.advice,
                "notices": as_json(outcome.notices),
                **support_json(outcome.tables),
            }
        )
    else:
        show(outcome, seconds)
    if not outcome.passed:
        from workflows.pages.page import by_remedy

        # As on the page: each remedy once, with what needs it.
        for line in by_remedy(outcome.advice):
            terminal(stderr=True, soft_wrap=True).print(f"gate: {line}")
        raise typer.Exit(3)


def show(outcome, seconds: float) -> None:
    """Print the posterior's headline effects, what to know before them, and where the report is."""
    from figures.words import decimal, interval_words, span
    from workflows.store.notices import lines

    console = terminal()
    if len(outcome.headline):
        title = "Headline effect, troops per year for an average military"
        table = columns("estimate", ">H", ">interval", "its kind", ">rows", title=title)
        for row in outcome.headline.itertuples():
            if row.group in ("published", "this panel", "posterior"):
                ends, kind = span(row.lower, row.upper), interval_words(row.interval)
                table.add_row(row.label, decimal(row.headline, 0), ends, kind, f"{row.rows:,.0f}")
        console.print(table)
    if outcome.tables:
        from workflows.commands.support import show_support

        show_support(outcome.tables, console)
    if len(outcome.separate):
        console.print(_beside(outcome.separate))
    for line in lines(outcome.notices):
        console.print(f"note: {line}", soft_wrap=True)
    verdict = Text("gate passed", "green") if outcome.passed else Text("gate FAILED", "bold red")
    console.print(verdict, f"in {seconds:.0f} s")
    if outcome.report.exists():
        console.print(f"report: {outcome.report}", soft_wrap=True)


def _beside(separate):
    """Each operation in the joint model and in a fit of its own, for a terminal."""
    from workflows.estimands.separate_check import said

    title = "Each operation beside a separate fit"
    table = columns("operation", ">joint", ">alone", "differs in", title=title)
    for row in separate.itertuples():
        ends = [said(row, which) for which in ("joint", "separate")]
        table.add_row(row.operation, *ends, Text(row.differs, "bold yellow" if row.flagged else ""))
    return table


class Reporter:
    """Shows stages and chains: bars in a terminal, plain lines in a log."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal or console.quiet,
            transient=True,
        )
        self.tasks: dict[int, object] = {}
        self.said: dict[int, int] = {}

    def __enter__(self) -> Reporter:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def stage(self, name: str, state: str) -> None:
        """Say that a stage begins or was found on disk."""
        from workflows.run.record import PARTS, REFITS
        from workflows.run.stages._registry import words

        if name.startswith(PARTS):
            *_, kind, number = name.split("/")
            again = "second try: " if name.startswith("restart/") else ""
            part = f"{again}{kind.removesuffix('s')} {int(number) + 1} is on disk"
            self.console.print(part)
            return
        if state == "cached":
            text = "unchanged, not computed again"
        elif name.startswith(REFITS):
            text = "weights rest on few draws: a shorter fit at another depth of no treaty"
        else:
            text = words().get(name, name)
        self.console.print(f"{name}: {text}")

    def chain(self, chain: int, done: int, total: int, divergences: int) -> None:
        """Move a chain's bar, or write a line at each quarter."""
        note = f" ({divergences} divergences)" if divergences else ""
        if self.console.is_terminal:
            if chain not in self.tasks:
                self.tasks[chain] = self.bars.add_task(f"chain {chain + 1}", total=total)
            self.bars.update(self.tasks[chain], completed=done, description=f"chain {chain + 1}{note}")
        elif done * 4 // total > self.said.get(chain, 0):
            self.said[chain] = done * 4 // total
            self.console.print(f"chain {chain + 1}: {done} of {total} draws{note}")

    def say(self, line: str) -> None:
        """Print a line."""
        self.console.print(line, soft_wrap=True)

    def waiting(self) -> None:
        """Say that another process holds the run."""
        self.console.print("another process holds this run; waiting for it")
        sys.stderr.flush()
