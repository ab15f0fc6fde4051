"""``coalition data panel``: what a spec's panel holds and lacks, before anything is sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workflows.commands.options import DataDir, Format, OutputFormat, complete_spec
from workflows.commands.terminal import print_table, say_json, terminal

if TYPE_CHECKING:
    import pandas as pd


def panel(
    spec: Annotated[
        str, typer.Argument(help="A bundled spec or a TOML file.", autocompletion=complete_spec)
    ] = "bundled",
    data: DataDir = None,
    format: Format = OutputFormat.text,
) -> None:
    """Build the panel of a spec and say what it holds and what it lacks; nothing is sampled.

    The ledger follows every row and every soldier from the lists to the panel.

    Example: coalition data panel isaf.toml --data DIR
    """
    from data.panel import build_panel, panel_ledger, panel_text
    from data.variables.reach import reached
    from workflows.run.panel_notices import panel_notices, single_rows
    from workflows.spec.run import load_spec
    from workflows.store.notices import as_json, lines

    whole = load_spec(spec)
    asked = whole.panel
    built = build_panel(asked, data)
    notices = panel_notices(asked, built) + single_rows(whole.model, built)
    ledger, years = panel_ledger(built), reached(asked)
    if format is OutputFormat.json:
        answer = {"panel": panel_text(built), "notices": as_json(notices)}
        answer |= {"ledger": ledger, "reach": years}
        say_json(answer)
        return
    console = terminal()
    console.print(panel_text(built), soft_wrap=True)
    for line in lines(notices):
        console.print(f"note: {line}", soft_wrap=True)
    for title, table in (("Ledger", ledger), ("Last year of each source", years)):
        print_table(title, table)


def years_reached(spec: str | None) -> tuple[pd.DataFrame, str]:
    """The last year of each source: in the panel of a spec, or by every choice of ``[panel]``."""
    from data.variables.reach import choices_table, reached

    if spec is None:
        return choices_table(), "Years that each choice of a panel from official files reaches"
    from workflows.spec.run import load_spec

    return reached(load_spec(spec).panel), f"Last year of each source in the panel of {spec}"
