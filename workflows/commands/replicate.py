"""``coalition replicate STUDY``: a published table estimated again, beside its printed numbers."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from workflows.commands.options import DataDir, Format, OutputFormat


def replicate(
    study: Annotated[
        str, typer.Argument(help="A bundled study, or a TOML file that declares one.")
    ] = "gannon-kent",
    data: DataDir = None,
    format: Format = OutputFormat.text,
) -> None:
    """Estimate a published table again and set every printed number beside the new one.

    Ends with exit code 3 where a printed number is not reproduced.
    """
    from workflows.replicate import as_json, comparison
    from workflows.replicate import replicate as run
    from workflows.study import load_study

    declared = load_study(study)
    found = run(declared, declared.read(data))
    if format is OutputFormat.json:
        typer.echo(json.dumps(as_json(found), indent=2))
    else:
        show(found)
    table = comparison(found)
    wrong_rows = table[~table["agrees"]]
    if len(wrong_rows):
        wrong = wrong_rows.iloc[0]
        Console(stderr=True).print(
            f"{len(wrong_rows)} printed numbers are not reproduced; the first: {wrong['model']}, "
            f"{wrong['term']}, {wrong['part']}: printed {wrong['printed']}, found {wrong['value']:.6g}"
        )
        raise typer.Exit(3)


def show(found) -> None:
    """Print a replication as a table: per model the printed number over the recomputed one."""
    from workflows.replicate import comparison

    checked = comparison(found)
    console = Console()
    table = Table(title=found.study.title, caption="printed | estimated here (ci_95)", show_lines=True)
    table.add_column("term")
    for name in found.fits:
        table.add_column(name, justify="right")
    for term in dict.fromkeys(checked["term"]):
        cells = []
        for name in found.fits:
            rows = checked[
                (checked["model"] == name) & (checked["term"] == term) & (checked["part"] != "n_obs")
            ]
            cells.append("\n".join(_line(row) for row in rows.to_dict("records")))
        table.add_row(term.removeprefix("FIT: "), *cells)
    table.add_row("states", *[str(found.published(name).units) for name in found.fits])
    console.print(table)
    parts = checked[checked["part"] != "n_obs"]
    console.print(
        f"{int(parts['agrees'].sum())} of {len(parts)} printed numbers reproduced to the printed digit."
    )


def _line(row: dict) -> str:
    mark = "" if row["agrees"] else "  differs"
    value = "no such term" if row["value"] != row["value"] else f"{row['value']:.6g}"
    label = {"lower": "lower ", "upper": "upper "}.get(row["part"], "")
    return f"{label}{row['printed']} | {value}{mark}"
