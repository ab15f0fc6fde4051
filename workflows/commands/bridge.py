"""``coalition bridge [SPEC]``: from the printed estimate to the joint posterior, one change at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from workflows.commands.options import (
    Chains,
    DataDir,
    Draws,
    Format,
    OutDir,
    OutputFormat,
    OwnSeed,
    Scheduler,
    Workers,
)
from workflows.commands.run import Reporter
from workflows.commands.terminal import columns, say_json, terminal

if TYPE_CHECKING:
    from workflows.series.bridge.outcome import BridgeOutcome

SHOWN = (
    "id", "label", "parent", "headline", "lower", "upper", "interval", "moved", "changed", "cause", "rows",
    "states", "step", "passed", "seconds",
)  # fmt: skip


def bridge(
    spec: Annotated[
        str, typer.Argument(help="A bundled spec (bundled, gannon-kent) or a TOML file.")
    ] = "bundled",
    data: DataDir = None,
    out: OutDir = Path("results"),
    seed: OwnSeed = None,
    chains: Chains = None,
    draws: Draws = None,
    workers: Workers = 1,
    scheduler: Scheduler = "local",
    format: Format = OutputFormat.text,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")] = False,
) -> None:
    """Walk from the printed estimate to the joint hierarchical posterior, changing one thing at a time.

    Examples: coalition bridge gannon-kent --data DIR; coalition bridge us-coalitions --data DIR, which
    begins with Henke's Table 2. Rungs are left out, added or hung elsewhere in a panel spec's [bridge]
    table. Every rung is kept: an interrupted bridge continues where it stopped. A rung that did not pass
    its diagnostics is shown and marked, and the command ends with exit code 3.
    """
    from workflows.spec.coalitions import CoalitionSpec, any_spec

    resolved = any_spec(spec, seed=seed)
    if isinstance(resolved, CoalitionSpec):
        from workflows.commands.run_coalitions import bridge_coalitions

        asked = any_spec(spec, seed=seed, chains=chains, draws=draws)
        assert isinstance(asked, CoalitionSpec)
        return bridge_coalitions(asked, data, out, format, quiet=quiet)
    with BridgeReporter(terminal(stderr=True, quiet=quiet)) as reporter:
        from workflows.series.bridge.outcome import carry_out

        found = carry_out(
            resolved, out, data, reporter, chains=chains, draws=draws, workers=workers, scheduler=scheduler
        )
    if format is OutputFormat.json:
        say_json(as_json(resolved.name, found))
    else:
        show(found)
    if not found.passed:
        raise typer.Exit(3)


def as_json(name: str, found: BridgeOutcome) -> dict:
    """The bridge as plain data."""
    return {
        "bridge": name,
        "passed": found.passed,
        "failed": found.failed,
        "seconds": round(found.seconds, 1),
        "page": str(found.page),
        "rungs": found.table.reindex(columns=list(SHOWN)),
        "twins": found.twins,
        "poast": found.poast,
    }


def show(found: BridgeOutcome) -> None:
    """Print the tree with its estimates, and where the page is."""
    from figures.words import decimal, interval_words, signed, span

    console = terminal()
    title = "The bridge: headline effect, troops per year for an average military"
    table = columns("rung", "gate", ">H", ">interval", "its kind", ">moved", ">rows", ">states", title=title)
    gates = {True: Text("passed"), False: Text("FAILED", "bold red")}
    for row in found.table.itertuples():
        moved = "" if row.moved != row.moved else signed(round(row.moved))
        states = "" if row.states != row.states else f"{row.states:,.0f}"
        table.add_row(
            "·" * int(row.level) + row.label,
            gates.get(row.passed, Text()),
            decimal(row.headline, 0),
            span(row.lower, row.upper),
            interval_words(row.interval),
            moved,
            f"{row.rows:,.0f}",
            states,
        )
    console.print(table)
    if len(found.poast):
        from workflows.series.bridge.poast import survivors

        for line in survivors(found.poast):
            console.print(line)
    if found.failed:
        console.print(f"gate FAILED: {', '.join(found.failed)}")
    console.print(f"{found.seconds:.0f} s; page: {found.page}", soft_wrap=True)


class BridgeReporter(Reporter):
    """The progress of a run, with the rung's name before each stage; chains are counted anew on every rung."""

    def stage(self, name: str, state: str) -> None:
        """Say which rung is at work, and at what."""
        from workflows.run.record import PARTS
        from workflows.run.stages._registry import words

        rung, _, stage = name.rpartition(": ")
        if stage.startswith(PARTS):
            return
        if stage == "posterior":
            self.said.clear()
        what = "unchanged, not computed again" if state == "cached" else words().get(stage, "computing")
        self.console.print(f"{name}: {what}")
