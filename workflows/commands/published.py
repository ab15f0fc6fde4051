"""``coalition published list | show``: the library of published results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from data.common.errors import InputError
from data.common.near import one_of
from workflows.commands.options import Format, OutputFormat
from workflows.commands.terminal import say_json, terminal

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    no_args_is_help=True,
    help="Published results as data: what the studies print, with source and known disagreements.",
)


@app.command("list")
def list_(format: Format = OutputFormat.text) -> None:
    """Studies and models that are carried, and whether they run here.

    Example: coalition published list
    """
    from data.facts.published import published_models, published_results

    results = published_results()
    counts = results.groupby(["study", "table", "model"]).size().rename("numbers").reset_index()
    table = published_models().merge(counts, on=["study", "table", "model"], how="left")
    table.insert(0, "name", [_own_name(row.study, row.table) for row in table.itertuples()])
    shown = ["name", "study", "table", "model", "estimator", "errors", "runs_here"]
    _emit(table, format, "published models", shown)


@app.command("show")
def show(
    study: Annotated[
        str,
        typer.Argument(
            help="A study by its name here or a TOML file of one, or as cited from its beginning."
        ),
    ],
    model: Annotated[str | None, typer.Option("--model", help="One model of it, as printed.")] = None,
    format: Format = OutputFormat.text,
) -> None:
    """Printed numbers of a study, its stated effects, and where text, table and files disagree.

    Example: coalition published show gannon-kent --format json
    """
    import pandas as pd

    from data.facts.published import known_disagreements, predicted_effects, published_results, study_name
    from workflows.published.study import load_study
    from workflows.spec.run import study_names

    if study in study_names() or study.endswith(".toml"):
        declared = load_study(study)
        name, table = declared.printed.study, declared.printed.table
        rows = declared.printed_rows()
        if declared.printed.file is None:
            claims = published_results().query("study == @name and kind == 'claim'")
            rows = pd.concat([rows, claims[claims["table"] != table]], ignore_index=True)
    else:
        try:
            name = study_name(study)
        except InputError as error:
            raise InputError(error.found, f"{one_of(study, study_names())}; or {error.expected}") from None
        rows = published_results().query("study == @name").copy()
    if model is not None:
        names, rows = rows["model"], rows[rows["model"] == model]
        if rows.empty:
            raise InputError(f"no model {model!r}", one_of(model, names))
    effects = predicted_effects().query("study == @name")
    doubts = known_disagreements().query("study == @name")
    printed = ["estimate_printed", "lower_printed", "upper_printed", "p_value_printed"]
    columns = ["table", "model", "term", *printed, "interval", "n_obs_printed"]
    if format is OutputFormat.json:
        results = rows.drop(columns="line", errors="ignore")
        say_json(
            {"study": name, "results": results, "predicted_effects": effects, "known_disagreements": doubts}
        )
        return
    _emit(rows, format, name, columns)
    if len(effects):
        _emit(effects, format, "stated effects", ["figure", "outcome", "position", "predicted", "unit"])
    if len(doubts):
        _emit(doubts, format, "known disagreements", ["table", "model", "term", "says", "but"])


def _own_name(study: str, table: str) -> str:
    """The name by which every command knows a table of a study; empty where none runs here."""
    from workflows.published.study import load_study
    from workflows.spec.run import study_names

    here = [(name, load_study(name)) for name in study_names()]
    mine = [(name, own) for name, own in here if (own.printed.study, own.printed.table) == (study, table)]
    # One that is estimated again on the study's own rows stands before one on other data.
    mine.sort(key=lambda found: found[1].sample.reader == "coalitions")
    return mine[0][0] if mine else ""


def _emit(rows: pd.DataFrame, format: OutputFormat, title: str, columns: list[str]) -> None:
    if format is OutputFormat.json:
        typer.echo(rows.to_json(orient="records", indent=2))
        return
    table = Table(title=title, show_lines=False)
    for name in columns:
        table.add_column(name.removesuffix("_printed"), no_wrap=name == "name")
    for row in rows[columns].astype(object).fillna("").to_dict("records"):
        table.add_row(*[str(row[name]) for name in columns])
    terminal().print(table)
