"""``coalition data diff``: two releases of a source, two panels, or a published file against its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.common.errors import InputError
from workflows.commands.options import DataDir, Format, OutputFormat
from workflows.commands.terminal import print_table, say_json

STUDY = "gannon-kent"


def diff(
    a: Annotated[
        str, typer.Argument(metavar="A", help=f"A file, under --data or anywhere, or the study {STUDY!r}.")
    ],
    b: Annotated[str | None, typer.Argument(metavar="[B]", help="The file to compare with A.")] = None,
    data: DataDir = None,
    cells: Annotated[bool, typer.Option("--cells", help="List every cell that differs.")] = False,
    format: Format = OutputFormat.text,
) -> None:
    """Compare two releases of a source or two panels; or the authors' merged file with its raw sources.

    With the name of a study and no B, the table rebuilt from raw files is set against the authors' file and
    every difference is counted by its reason.

    Example: coalition data diff gannon-kent --data DIR
    """
    from data.sources.fetch import data_folder

    if b is None and a != STUDY:
        raise InputError(f"{a!r} alone", f"two files, or the study {STUDY}")
    if b is None:
        _study(data_folder(data), cells, format)
    else:
        _files(_place(a, data), _place(b, data), cells, format)


def _place(name: str, data: Path | None) -> Path:
    from data.common.declared import is_file
    from data.sources.fetch import data_folder

    direct, inside = Path(name), data_folder(data) / name
    for path in (direct, inside):
        if is_file(path):
            return path
    raise InputError("no such file", f"a file, here or under {data_folder(data)}", file=name)


def _study(folder: Path, cells: bool, format: OutputFormat) -> None:
    from data.rebuilt.diff import diff_summary, rebuild_diff
    from data.rebuilt.isaf_counts import count_correlations

    summary, correlations = diff_summary(folder), count_correlations(folder)
    listed = rebuild_diff(folder) if cells else None
    if format is OutputFormat.json:
        answer = {"study": STUDY, "columns": summary, "correlations": correlations}
        say_json(answer | ({"cells": listed} if listed is not None else {}))
        return
    print_table("", summary)
    print_table("", correlations)
    if listed is not None:
        print_table("", listed)


def _files(a: Path, b: Path, cells: bool, format: OutputFormat) -> None:
    from data.diff import diff_files
    from data.sources.verify import provenance

    found = diff_files(a, b)
    if format is OutputFormat.json:
        answer = {
            "a": provenance(a),
            "b": provenance(b),
            "key": found.key,
            "rows": found.rows,
            "columns": found.summary,
        }
        say_json(answer | ({"cells": found.cells} if cells else {}))
        return
    rows = found.rows
    typer.echo(
        f"rows by {', '.join(found.key)}: {rows['both']} in both, {rows['only_a']} in A, {rows['only_b']} in B"
    )
    print_table("", found.summary)
    if cells:
        print_table("", found.cells)
