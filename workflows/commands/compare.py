"""``coalition compare SPEC...``: which model predicts what it has not seen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.common.errors import InputError
from workflows.commands.options import DataDir, Format, OutDir, OutputFormat, Scheduler, Workers
from workflows.commands.terminal import columns, say_json, terminal

if TYPE_CHECKING:
    from workflows.run.run import Run


class Unit(StrEnum):
    """What is predicted: another row, a new state, a new operation."""

    row = "row"
    state = "state"
    operation = "operation"


class Method(StrEnum):
    """PSIS-LOO from the draws at hand, or refits without what is predicted."""

    loo = "loo"
    kfold = "kfold"


def compare(
    specs: Annotated[list[str], typer.Argument(help="Specs of one panel and outcome.")],
    unit: Annotated[Unit, typer.Option("--unit", help="Unit of prediction.")] = Unit.state,
    method: Annotated[Method, typer.Option("--method", help="loo, or kfold (refits).")] = Method.loo,
    folds: Annotated[int, typer.Option("--folds", min=2, max=1000, help="Folds of states.")] = 10,
    data: DataDir = None,
    out: OutDir = Path("results"),
    workers: Workers = 1,
    scheduler: Scheduler = "local",
    format: Format = OutputFormat.text,
) -> None:
    """Score models by the log density of what they have not seen, and stack them.

    Operations are always left out one at a time and their rows scored one by one. Folds that are on disk are not
    fitted again. Example:
    coalition compare bundled mine.toml --unit state.
    """
    from models.likelihoods import get
    from workflows.estimands.predictive_score import loo
    from workflows.estimands.stacking import compare as table_of
    from workflows.run.run import Run
    from workflows.series.kfold import kfold
    from workflows.spec.run import load_spec

    if unit is Unit.row and method is Method.kfold:
        raise InputError("kfold of rows", "--unit state or operation", key="--method")
    refits = method is Method.kfold or unit is Unit.operation
    if not refits and (workers > 1 or scheduler != "local"):
        raise InputError("workers for loo, which refits nothing", "--method kfold", key="--workers")
    loaded = [load_spec(spec) for spec in specs]
    if len({s.name for s in loaded}) < len(loaded):
        raise InputError("two specs of one name", "a name of its own for each", key="name")
    outcomes = {get(s.model.contribution.likelihood).outcome for s in loaded}
    # A density of shares and a probability of participation are not on one scale.
    if len(outcomes) > 1:
        raise InputError(
            f"outcomes {', '.join(sorted(outcomes))}", "one outcome", key="model.contribution.likelihood"
        )
    _refuse_unlike([Run(spec, out, data) for spec in loaded], unit)
    console = terminal(stderr=True, soft_wrap=True)
    scores = {}
    for spec in loaded:
        console.print(f"{spec.name}: {unit.value}, {method.value}")
        if not refits:
            scores[spec.name] = loo(Run(spec, out, data).fit, unit.value)
        else:
            scores[spec.name] = kfold(
                spec, unit.value, folds, out, data, workers, scheduler,
                lambda done, total: console.print(f"fold {done} of {total}"),
            )  # fmt: skip
    try:
        table = table_of(scores)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(str(error), "specs of one panel") from None
    bad = int(table["bad_k"].max())
    failed = f"Importance sampling failed for up to {bad} units (Pareto k above 0.7): use --method kfold."
    note = failed if bad else ""
    if format is OutputFormat.json:
        say_json({"unit": unit, "method": method, "note": note, "models": table})
        return
    shown = columns(
        "model",
        "elpd",
        "SE",
        "difference",
        "SE",
        "weight",
        "Pareto k > 0.7",
        title=f"Predicting a new {unit.value}",
    )
    for r in table.itertuples():
        numbers = [f"{v:,.1f}" for v in (r.elpd, r.se, r.difference, r.difference_se)]
        shown.add_row(r.model, *numbers, f"{r.weight:.2f}", f"{r.bad_k} of {r.units}")
    terminal().print(shown)
    if note:
        typer.echo(note)


def _refuse_unlike(runs: list[Run], unit: Unit) -> None:
    """Refuse specs whose scores could not be compared, before any is fitted."""
    from workflows.estimands.predictive_score import refuse_moving_states

    first: list | None = None
    for run in runs:
        panel = run.panel
        if unit is Unit.state:
            refuse_moving_states(run.spec.model)
        if unit is Unit.operation and panel.sizes["operation"] < 2:
            raise InputError(
                "one operation, without which no row is left",
                "--unit state",
                file=run.spec.name,
                key="--unit",
            )
        rows = (panel[f"row_{name}"].values.tolist() for name in ("operation", "state", "year"))
        units = list(panel["state"].values) if unit is Unit.state else list(zip(*rows, strict=True))
        first = units if first is None else first
        if units != first:
            what = "states" if unit is Unit.state else "rows"
            found = f"{len(units)} {what}, not those of {runs[0].spec.name} ({len(first)})"
            raise InputError(found, "specs of one panel", file=run.spec.name, key="panel")
