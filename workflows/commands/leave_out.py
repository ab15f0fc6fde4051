"""``coalition leave-out [SPEC]``: the headline effect without each treaty or operation in turn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.common.disk import whole_files
from data.common.errors import InputError
from workflows.commands.options import Chains, DataDir, Draws, Format, OutDir, OutputFormat, OwnSeed
from workflows.commands.terminal import columns, say_json, terminal

WHAT = ("treaty", "operation", "separate", "alliance")


def leave_out(
    spec: Annotated[
        str, typer.Argument(help="A bundled spec (bundled, gannon-kent, pooled) or a TOML file.")
    ] = "bundled",
    data: DataDir = None,
    out: OutDir = Path("results"),
    what: Annotated[
        list[str] | None,
        typer.Option(
            "--what", help="treaty, operation, separate (each operation alone) or alliance; repeatable."
        ),
    ] = None,
    least: Annotated[
        int, typer.Option("--least", min=1, max=200, help="States that a treaty must bind to be left out.")
    ] = 3,
    plug_in: Annotated[
        bool, typer.Option("--plug-in", help="Fix depth at its measured mean: much faster, no feedback.")
    ] = False,
    chains: Chains = None,
    draws: Draws = None,
    seed: OwnSeed = None,
    format: Format = OutputFormat.text,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")] = False,
) -> None:
    """Refit without each treaty, without each operation, by each operation alone, and with NATO as a control.

    Example: coalition leave-out pooled --data DIR --what treaty --what alliance. Finished fits are kept and
    not repeated. Exit code 3 means that a fit did not pass its diagnostics; its row says so.
    """
    from workflows.run.run import Run
    from workflows.spec.run import load_spec

    wanted = tuple(what or WHAT)
    if unknown := [name for name in wanted if name not in WHAT]:
        raise InputError(repr(unknown[0]), f"one of {', '.join(WHAT)}", key="--what")
    resolved = load_spec(spec, seed=seed, chains=chains, draws=draws)
    if plug_in:
        depth = resolved.model.depth.model_copy(update={"measurement": "plug-in"})
        resolved = resolved.model_copy(update={"model": resolved.model.model_copy(update={"depth": depth})})
    import pandas as pd

    from figures.words import with_interval
    from workflows.commands.run import Reporter
    from workflows.series.leave_out import LeaveOut

    console = terminal(stderr=True, quiet=quiet)
    parts = []
    with Reporter(console) as reporter:
        run = Run(resolved, out, data, reporter)
        for table in LeaveOut(run).tables(wanted, least):
            parts.append(table)
            first = table[table["operation"] == ""].iloc[0]
            label = f"{first['kind']} {first['name']}".strip()
            console.print(
                f"{label}: {with_interval(first['headline'], first['lower'], first['upper'])}",
                highlight=False,
            )
    table = pd.concat(parts, ignore_index=True)
    write(table, run.store.folder / "leave_out")
    passed = bool(table["passed"].all())
    if format is OutputFormat.json:
        say_json({"passed": passed, "rows": table})
    else:
        show(table)
        typer.echo(f"table and figures: {run.store.folder / 'leave_out'}")
    if not passed:
        raise typer.Exit(3)


def write(table, folder: Path) -> None:
    """Write ``leave_out.csv`` and the figures with their captions."""
    from data.common.text import write_csv
    from figures import leave_one_out
    from figures.style import to_png, to_svg
    from workflows.pages.sections.left_out import figure_table
    from workflows.series.leave_out import pooled_and_separate

    with whole_files(folder) as place:
        write_csv(table, place / "leave_out.csv")
        write_csv(pooled_and_separate(table), place / "pooled_and_separate.csv")
        for kind in ("treaty", "operation"):
            part = figure_table(table, kind)
            if len(part) < 2:
                continue
            figure = leave_one_out.leave_one_out(part, what=kind)
            (place / f"{kind}.png").write_bytes(to_png(figure))
            (place / f"{kind}.svg").write_text(to_svg(figure), encoding="utf-8")
            caption = leave_one_out.caption(part, what=kind)
            (place / f"{kind}.txt").write_text(f"{caption}\n", encoding="utf-8")


def show(table) -> None:
    """Print the effect over all rows of every fit."""
    from figures.words import decimal, interval_words, span

    title = "Headline effect over all rows, troops per year for an average military"
    shown = columns("fit", ">H", ">interval", "its kind", ">rows", "gate", title=title)
    words = {
        "full": "all",
        "treaty": "without",
        "operation": "without",
        "separate": "only",
        "alliance": "with",
    }
    for row in table[table["operation"] == ""].itertuples():
        ends, kind = span(row.lower, row.upper), interval_words(row.interval)
        verdict = "passed" if row.passed else "FAILED"
        what = f"{words[row.kind]} {row.name}".strip()
        shown.add_row(what, decimal(row.headline, 0), ends, kind, f"{row.rows:,}", verdict)
    terminal().print(shown)
