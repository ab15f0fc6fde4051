"""``coalition effects``: the headline effect of a model that was fitted elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.common.errors import InputError
from workflows.commands.options import Format, OutputFormat
from workflows.commands.terminal import columns, say_json, terminal


def effects(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="CSV: expected shares, one line a draw.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="CSV: the same, potential one step higher.")],
    step: Annotated[
        float, typer.Option("--step", min=1e-6, max=1e6, help="That step, in units of potential.")
    ],
    rows: Annotated[
        Path | None, typer.Option("--rows", help="CSV of the rows, in the order of the columns.")
    ] = None,
    operation: Annotated[
        str, typer.Option("--operation", help="Column of --rows with the operation.")
    ] = "operation",
    weights: Annotated[
        str | None, typer.Option("--weights", help="Column of --rows to weight by, such as armed_forces.")
    ] = None,
    participation: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--participation", help="Two CSVs: probability of taking part, before and after."),
    ] = None,
    variable: Annotated[
        str | None, typer.Option("--variable", help="Take columns VARIABLE.1, ... of the files (CmdStan).")
    ] = None,
    chains: Annotated[
        int, typer.Option("--chains", min=1, max=64, help="Chains that stand under one another.")
    ] = 1,
    format: Format = OutputFormat.text,
) -> None:
    """Compute the headline effect, and those on participation and size, from another program's draws.

    Example: coalition effects epred.csv epred_up.csv --step 0.25 --rows rows.csv --chains 4
    """
    from workflows.draws.summary import summarise
    from workflows.judge.gate import convergence
    from workflows.published.elsewhere import effects_of_draws, headline_table, read_draws

    table = _rows(rows)
    took = [None, None] if participation is None else [read_draws(p, variable) for p in participation]
    share = read_draws(before, variable)
    if idle := _idle(table, rows, operation, weights):
        typer.echo(f"note: {idle}", err=True)
    found = effects_of_draws(
        share,
        read_draws(after, variable),
        step=step,
        participation=took[0],
        participation_after=took[1],
        operation=table[operation].to_numpy(str) if table is not None and operation in table else None,
        weights=None if weights is None else _weights(table, weights, rows),
        chains=chains,
    )
    states = table["state"].nunique() if table is not None and "state" in table else None
    headline = headline_table(found, before.stem, rows=share.shape[1], states=states)
    others = found[[name for name in found.data_vars if not str(name).startswith("headline")]]
    rest = summarise(others).join(convergence(others)[["r_hat", "ess_bulk", "ess_tail"]])
    if format is OutputFormat.json:
        say_json({"headline": headline, "effects": rest})
        return
    _show(headline, rest)


def _rows(path: Path | None):
    import pandas as pd

    if path is None:
        return None
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"a file that cannot be read ({error})", "a CSV file, one line a row", file=path
        ) from error


def _idle(table, path: Path | None, operation: str, weights: str | None) -> str:
    """What of --rows does nothing, in a line; empty where each row's operation and weight are used."""
    if table is None:
        return ""
    without = [] if operation in table else [f"no effects by operation, for want of a column {operation}"]
    without += [] if weights else ["each row counts alike, for want of --weights"]
    return f"--rows {path}: {'; '.join(without)}" if without else ""


def _weights(table, name: str, path: Path | None):
    import pandas as pd

    if table is None or name not in table:
        has = "no --rows" if table is None else f"columns {', '.join(map(str, table.columns))}"
        raise InputError(has, f"a column {name} of --rows", file=path, key="--weights")
    values = pd.to_numeric(table[name], errors="coerce")
    if values.isna().any():
        at = int(values.isna().argmax())
        raise InputError(repr(table[name].iloc[at]), "a weight", file=path, row=at + 2, column=name)
    return values.to_numpy(float)


def _show(headline, rest) -> None:
    from figures.words import estimate

    shown = columns(
        "estimate", "median (95 % equal-tailed interval)", "R-hat", "bulk ESS", title="H, troops per year"
    )
    for r in headline.itertuples():
        shown.add_row(r.label, estimate(r.headline, r.lower, r.upper), f"{r.r_hat:.3f}", f"{r.ess_bulk:,.0f}")
    terminal().print(shown)
    shown = columns("change of", "operation", "median (95 % equal-tailed interval)", "R-hat", "bulk ESS")
    for r in rest.itertuples():
        name = r.quantity.removesuffix("_by_operation").replace("_", " ")
        shown.add_row(
            name, r.label, estimate(r.median, r.lower, r.upper), f"{r.r_hat:.3f}", f"{r.ess_bulk:,.0f}"
        )
    terminal().print(shown)
