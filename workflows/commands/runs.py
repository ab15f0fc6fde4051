"""``coalition runs list | show | rm | diff``: what has been computed, and what differs between two runs."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from data.common.errors import InputError
from workflows.commands.options import Format, OutputFormat, RunsDir, UnderEstimate, new_table
from workflows.commands.terminal import columns, say_json, terminal

app = typer.Typer(help="List, show, compare and remove runs.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of a run.")]
RESULTS = Path("results")


def _folder(out: Path, name: str) -> Path:
    """Folder of the run called `name`, which must be a name and not a path."""
    if not name or Path(name).name != name:
        raise InputError(repr(name), "the name of a run, not a path", file=out)
    return out / name


def _size(folder: Path) -> int:
    return sum(f.lstat().st_size for f in folder.rglob("*") if f.is_file())


@app.command("list")
def list_runs(out: RunsDir = RESULTS, format: Format = OutputFormat.text) -> None:
    """List runs with their verdict, time and size.

    Of a damaged run it is said what is damaged: a file that is missing or of another size, or its record.
    `coalition runs show` reads every file. Example: coalition runs list
    """
    from workflows.run.record import is_run

    folders = sorted(out.iterdir()) if out.is_dir() else []
    found = [_listed(p) for p in folders if is_run(p) or (p / "run.json").is_file()]
    if format is OutputFormat.json:
        say_json(found)
        return
    table = columns("run", "verdict", "finished", "seconds", "compile", "sample", "MB")
    for run in found:
        times = [run.get(k) for k in ("seconds", "compile_seconds", "sample_seconds")]
        shown = ["" if t is None else f"{t:.1f}" for t in times]
        table.add_row(
            run["name"],
            run["status"],
            run.get("finished") or "",
            *shown,
            f"{run['bytes'] / 1e6:.1f}",
        )
    terminal().print(table if found else f"no runs in {out}", soft_wrap=True)


def _listed(folder: Path) -> dict[str, Any]:
    """One run in the list."""
    from workflows.run.record import changed_since, read_record

    about: dict[str, Any] = {"name": folder.name, "bytes": _size(folder)}
    try:
        record = read_record(folder)
    except InputError as error:
        return {**about, "status": f"damaged ({error})"}
    damaged = changed_since(folder, record, thorough=False)["damaged"]
    seconds = record["seconds"]
    return {
        **about,
        "status": f"damaged ({', '.join(damaged)})" if damaged else record["status"],
        "finished": record["finished"],
        "seconds": seconds.get("all_stages"),
        "compile_seconds": seconds.get("compile"),
        "sample_seconds": seconds.get("sample"),
    }


@app.command()
def show(name: Name, out: RunsDir = RESULTS, format: Format = OutputFormat.text) -> None:
    """Show what a run computed, from what, how long and on what machine.

    Example: coalition runs show bundled
    """
    from workflows.run.record import changed_since, read_record
    from workflows.store.notices import Notice, lines

    folder = _folder(out, name)
    record = read_record(folder)
    record |= changed_since(folder, record)
    if format is OutputFormat.json:
        say_json(record)
        return
    console = terminal(soft_wrap=True)
    console.print(f"{record['name']}: {record['status']}; seed {record.get('seed')}")
    if record["damaged"]:
        console.print(
            f"damaged or removed since, computed again by the same command: {', '.join(record['damaged'])}"
        )
    if record["replaced"]:
        console.print(f"replaced since: {', '.join(record['replaced'])}")
    for line in lines(Notice(n["kind"], n["text"]) for n in record.get("notices", [])):
        console.print(f"note: {line}")
    seconds = record.get("seconds", {})
    for key, label in (("compile", "compiling the posterior"), ("sample", "sampling it")):
        if seconds.get(key) is not None:
            console.print(f"{label}: {seconds[key]:.1f} s")
    table = columns("stage", "seconds", "this time", "key")
    for stage in in_order(record["stages"]):
        table.add_row(
            stage["name"],
            f"{stage['seconds']:.1f}",
            "cached" if stage["cached"] else "computed",
            stage["key"][:12],
        )
    console.print(table)
    place = record.get("machine", {})
    console.print(f"machine: {place.get('processor')}, {place.get('cores')} cores, {place.get('system')}")
    packages = record.get("versions", {})
    console.print("versions: " + ", ".join(f"{k} {v}" for k, v in packages.items()))


def in_order(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stages as they were asked for, but chains and imputations, which end in any order, by their number."""
    first: dict[str, int] = {}
    for at, stage in enumerate(stages):
        first.setdefault(stage["name"].rpartition("/")[0] or stage["name"], at)

    def place(stage: dict[str, Any]) -> tuple[int, int]:
        group, _, number = stage["name"].rpartition("/")
        return first[group or stage["name"]], int(number) if group and number.isdigit() else 0

    return sorted(stages, key=place)


@app.command("table")
def paper(
    names: Annotated[list[str], typer.Argument(help="Names of runs, one column each.")],
    out: RunsDir = RESULTS,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", metavar="FILE", callback=new_table, help="Also write it: .html, .tex, .md or .csv."
        ),
    ] = None,
    under: Annotated[
        UnderEstimate, typer.Option("--under", help="In brackets: interval, or error (posterior SD).")
    ] = UnderEstimate.interval,
    format: Format = OutputFormat.text,
) -> None:
    """Put runs side by side in one table for a paper: effects, coefficients, rows, diagnostics.

    Example: coalition runs table bundled residual --write table.tex
    """
    from workflows.published.tables import render, write_table
    from workflows.run.paper_table import paper_table

    found, full, notes = paper_table([_folder(out, name) for name in names], under.value)
    title = "Troop contributions: " + ", ".join(names)
    if write is not None:
        write_table(write, found, full, title, notes)
    if format is OutputFormat.json:
        say_json({"table": full, "notes": notes})
    else:
        typer.echo(render(found, "markdown", title, notes))


@app.command()
def rm(
    names: Annotated[list[str], typer.Argument(help="Names of runs.")],
    out: RunsDir = RESULTS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs with everything in them.

    Example: coalition runs rm bundled
    """
    from data.common.disk import PARTIAL, remove
    from workflows.run.record import is_run, read_record
    from workflows.store.locks import hold

    folders = list(dict.fromkeys(_folder(out, name) for name in names))
    for folder in folders:
        # Only what `coalition run` wrote is removed, be it damaged.
        if not is_run(folder):
            read_record(folder)
    if not yes and not typer.confirm(f"Remove {', '.join(names)} from {out}?"):
        raise typer.Exit(1)
    for folder in folders:
        with ExitStack() as held:
            # Bridges, multiverses and the like have locks of their own within the run.
            for lock in sorted({folder / ".lock", *folder.rglob(".*lock")}):
                # A link or a folder in a lock's place is no lock, and holds nobody off.
                if not os.path.lexists(lock) or (lock.is_file() and not lock.is_symlink()):
                    held.enter_context(hold(lock, _waiting))
            # Under another name first: who waited for the run begins anew, not in what is being removed.
            gone = folder.with_name(f"{PARTIAL}{folder.name}-{os.getpid()}")
            folder.rename(gone)
            remove(gone)
        typer.echo(f"removed {folder}", err=True)


def _waiting() -> None:
    typer.echo("another process holds this run; waiting for it", err=True)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="Name of a run.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Name of another.")],
    out: RunsDir = RESULTS,
    format: Format = OutputFormat.text,
) -> None:
    """Show where two runs differ: spec, data, versions, machine, and their headline effects.

    Example: coalition runs diff bundled residual
    """
    from workflows.run.record import differences, read_record

    runs = [(_folder(out, name), read_record(_folder(out, name))) for name in (first, second)]
    parts: dict[str, Any] = {}
    for part in ("status", "spec", "versions", "machine"):
        parts[part] = differences(*(record.get(part) for _, record in runs), part)
    contents = [
        next((s["about"].get("content") for s in record["stages"] if s["name"] == "panel"), None)
        for _, record in runs
    ]
    parts["data"] = differences(*contents, "panel content")
    headlines = [_headline(folder) for folder, _ in runs]
    parts["headline"] = differences(*headlines)
    if format is OutputFormat.json:
        lines = {
            part: [{"where": w, first: a, second: b} for w, a, b in found] for part, found in parts.items()
        }
        say_json(lines)
        return
    table = columns("where", first, second)
    for found in parts.values():
        for where, a, b in found:
            table.add_row(*("" if v is None else str(v) for v in (where, a, b)))
    terminal().print(table if any(parts.values()) else "no difference")


def _headline(folder: Path) -> dict[str, str]:
    """Posterior headline effects of a run, as text by label."""
    from data.common.text import read_csv
    from figures.words import decimal, interval_words, span
    from workflows.store.store import damaged_files, read_stage

    place = folder / "comparison"
    if not place.exists():
        return {}
    record = read_stage(place)
    bad = ["stage.json"] if record is None else damaged_files(place, record)
    if bad:
        raise InputError("a damaged file", "the one that the run wrote; run it again", file=place / bad[0])
    table = read_csv(place / "headline.csv")
    table = table[table["group"] == "posterior"]
    return {
        f"H, {r.label}": f"{decimal(r.headline, 1)} ({span(r.lower, r.upper, 1)}, {interval_words(r.interval)})"
        for r in table.itertuples()
    }
