"""``coalition data``: the sources, how to cite them, how to get them, and whether a folder holds them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.text import Text

from data.common.errors import InputError
from workflows.commands.data_coalitions import coalitions
from workflows.commands.data_diff import diff
from workflows.commands.data_panel import panel, years_reached
from workflows.commands.options import (
    DataDir,
    Format,
    NewDataDir,
    OutputFormat,
    Quiet,
    complete_source,
    complete_spec,
)
from workflows.commands.terminal import bare, print_table, say_json, terminal

app = typer.Typer(no_args_is_help=True, help="Sources of data: list, show, cite, fetch, check, diff.")
app.command()(diff)
app.command()(panel)
app.command()(coalitions)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A source, as `coalition data list` names it.", autocompletion=complete_source
    ),
]


@app.command("list")
def list_sources(format: Format = OutputFormat.text) -> None:
    """List the sources, with version, terms and what each allows.

    Example: coalition data list --format json
    """
    from data.sources.registry import registry

    entries = registry()
    if format is OutputFormat.json:
        rows = [
            {"name": name, "title": e.title, "version": e.version, "licence": e.licence, "allows": e.allows}
            for name, e in entries.items()
        ]
        say_json(rows, ensure_ascii=False)
        return
    table = bare("name", "version", "what it allows")
    for name, entry in entries.items():
        table.add_row(name, entry.version, entry.allows)
    terminal().print(table)


@app.command()
def show(name: Name, format: Format = OutputFormat.text) -> None:
    """Show one source: address, terms, traps, files with checksums, and a codebook line per column.

    Example: coalition data show atop
    """
    from data.sources.registry import source

    entry = source(name)
    if format is OutputFormat.json:
        say_json({"name": name} | entry.model_dump(mode="json", by_alias=True))
        return
    console = terminal()
    console.print(Text(entry.title, "bold"), entry.version, sep=", ")
    for label in ("address", "licence", "citation", "unit_of_observation", "allows"):
        console.print(f"{label.replace('_', ' ')}: {getattr(entry, label)}")
    for trap in entry.traps:
        console.print(f"note: {trap}")
    files = bare("file", "version", "bytes", "rows", "sha256")
    for file in entry.files:
        sizes = (str(number or "") for number in (file.bytes, file.rows))
        files.add_row(file.path, file.version, *sizes, file.sha256[:16])
    console.print(files)
    for title, layout in entry.tables.items():
        console.print(Text(f"\n{name}.{title}", "bold"), layout.about, sep=": ")
        columns = bare("column", "official name", "type", "unit", "missing", "meaning")
        for column, spec in layout.columns.items():
            codes = ", ".join(f"{code:g}" for code in spec.missing)
            official = ", ".join(spec.from_) or column
            columns.add_row(column, official, spec.type, spec.unit, codes, spec.about)
        console.print(columns)


@app.command()
def cite(name: Name, format: Format = OutputFormat.text) -> None:
    """Print how to cite one source, with its version and address.

    Example: coalition data cite atop
    """
    from data.sources.registry import source

    entry = source(name)
    if format is OutputFormat.json:
        keys = ("title", "version", "citation", "address", "licence")
        say_json({"name": name} | {key: getattr(entry, key) for key in keys})
        return
    typer.echo(f"{entry.citation}\nVersion: {entry.version}. {entry.address}\nTerms: {entry.licence}")


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Sources; all by default.")
    ] = None,
    data: NewDataDir = None,
    quiet: Quiet = False,
    format: Format = OutputFormat.text,
) -> None:
    """Download the files of sources into the data folder; what is there and verified is left alone.

    Ends with exit code 2 if a file could not be had; the line about it says where to put it by hand.

    Example: coalition data fetch atop --data DIR
    """
    from data.sources.fetch import data_folder, fetch
    from data.sources.registry import registry, source

    folder = data_folder(data)
    chosen = list(names or registry())
    for name in chosen:
        source(name)
    done = {}
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, console=terminal(stderr=True), transient=True, disable=quiet) as bars:
        tasks = {}

        def advance(address: str, have: int, total: int) -> None:
            if address not in tasks:
                tasks[address] = bars.add_task(address.rsplit("/", 1)[-1], total=total or None)
            bars.update(tasks[address], completed=have)

        for name in chosen:
            done[name] = fetch(name, folder, progress=advance)
    outcomes = [(name, outcome) for name, several in done.items() for outcome in several]
    if format is OutputFormat.json:
        rows = [{"source": name} | vars(outcome) for name, outcome in outcomes]
        say_json({"folder": str(folder), "files": rows})
    else:
        table = bare("file", "", "")
        for _, outcome in outcomes:
            table.add_row(outcome.path, outcome.status, outcome.message)
        terminal().print(table)
    failed = [outcome for _, outcome in outcomes if outcome.status == "failed"]
    if failed:
        raise InputError(
            f"{len(failed)} files that could not be had ({failed[0].message})", "a download", file=folder
        )


@app.command()
def check(
    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPEC]",
            help="A bundled spec or a TOML file: the last year of each source in its panel.",
            autocompletion=complete_spec,
        ),
    ] = None,
    data: DataDir = None,
    format: Format = OutputFormat.text,
) -> None:
    """Verify a data folder against the registry, and say what its files allow and which years they reach.

    Ends with exit code 2 if a file is not the registered one.

    Example: coalition data check --data DIR
    """
    from data.sources.check import check_folder
    from data.sources.fetch import data_folder

    folder = data_folder(data)
    years, title = years_reached(spec)
    checked = check_folder(folder)
    tally = Counter(item.state for item in checked)
    if format is OutputFormat.json:
        answer = {"folder": str(folder), "files": [vars(c) for c in checked]}
        answer["reach"] = years
        say_json(answer)
    else:
        console = terminal()
        table = bare("file", "source", "state", "allows")
        for item in checked:
            if item.state != "missing":
                table.add_row(item.path, item.source, item.state, item.allows)
        console.print(table)
        console.print(", ".join(f"{count} {state}" for state, count in sorted(tally.items())))
        print_table(title, years)
    altered = [item for item in checked if item.state == "altered"]
    if altered:
        raise InputError(
            f"{len(altered)} altered files",
            f"the registered bytes (coalition data fetch {altered[0].source})",
            file=folder / altered[0].path,
        )
