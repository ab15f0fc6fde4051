"""``coalition data coalitions``: who is taken for a US-led coalition, who took part by which source, and the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.common.errors import InputError
from workflows.commands.options import DataDir, Format, OutputFormat
from workflows.commands.terminal import print_table, say_json

SHOWN = ("operation", "frame", "start_year", "lists", "rows", "contributors", "of_100", "known_none")


def coalitions(
    data: DataDir = None,
    operations: Annotated[
        Path | None,
        typer.Option("--operations", metavar="FILE", help="A table in place of the bundled operations."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Also write the rows, as .csv.")
    ] = None,
    format: Format = OutputFormat.text,
) -> None:
    """Print the coalitions led by the United States 1990-2005: operations, ledger, agreement of sources.

    Example: coalition data coalitions --data DIR
    """
    from data.coalitions.agreement import agreement
    from data.coalitions.us_coalitions import us_coalitions

    if data is None:
        raise InputError("no data folder", "--data with the files of who took part")
    found, agreed = us_coalitions(data, operations), agreement(data)
    if write is not None:
        found.rows.to_csv(write, index=False)
    table = found.operations
    if format is OutputFormat.json:
        say_json({"operations": table, "ledger": found.ledger, "agreement": agreed})
        return
    speaks = [
        ", ".join(name for name in ("any", "hundred", "troops") if row[name] is True)
        for row in table[["any", "hundred", "troops"]].to_dict("records")
    ]
    shown = table[list(SHOWN)].assign(speaks_for=speaks)
    without = table["lists"].isna()
    for title, rows in (
        ("Included, with lists of contributors", (table["included"] == "yes") & ~without),
        (
            "Placebo: missions of the United Nations that the United States did not lead",
            table["placebo"] == "yes",
        ),
    ):
        print_table(title, shown[rows])
    print_table(
        "Included, without a list at hand",
        table.loc[(table["included"] == "yes") & without, ["operation", "frame", "start_year", "why"]],
    )
    print_table(
        "Not included",
        table.loc[(table["included"] == "no") & (table["placebo"] == "no"), ["operation", "frame", "why"]],
    )
    print_table("Ledger", found.ledger)
    print_table("Agreement of sources", agreed)
