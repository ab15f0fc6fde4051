"""Tables of one's own, of a study and of facts: damaged in every way in which a table is handed in damaged."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from data.own.mapping import read_mapping
from data.own.table import read_table
from tests.fuzz.harness import Case

OWN = (
    "operation,leader,year,state,troops,coverage\n"
    "Serval,France,2013,Chad,2250,complete\n"
    "Serval,France,2013,United Kingdom,1050,complete\n"
    "Serval,France,2014,Estonia,50,complete\n"
)
MAPPING = '[columns]\ntroops = "troops"\n'
NUMBERS = (
    "",
    "NA",
    "nan",
    "inf",
    "-1",
    "1e308",
    "1e999",
    "9" * 400,
    "1,5",
    "1.234.567",
    "0x10",
    "some",
    "--",
    "=1+1",
    "[/]",
    "True",
    "١٢",
    "1\u202f000",
)


def damages(text: str, rng: random.Random, cells: int = 14) -> Iterator[tuple[str, str | bytes]]:
    """A table written otherwise: encodings, marks, lines too short or too long, cells of another kind."""
    lines = text.splitlines()
    head, rows = lines[0], lines[1:]
    yield from {
        "nothing": "",
        "blank lines": "\n\n\n",
        "header alone": head + "\n",
        "no header": "\n".join(rows) + "\n",
        "UTF-16": text.encode("utf-16"),
        "UTF-8 with mark": text.encode("utf-8-sig"),
        "cp1252": text.replace("Chad", "Côte d'Ivoire").encode("cp1252") + b"\xe9\n",
        "bytes": bytes(rng.randrange(256) for _ in range(400)),
        "NUL": text.replace(",", ",\0", 3),
        "workbook in name only": b"PK\x03\x04" + b"\0" * 40,
        "semicolons": text.replace(",", ";"),
        "tabs": text.replace(",", "\t"),
        "decimal commas": text.replace(",", ";").replace(".", ","),
        "carriage returns": text.replace("\n", "\r"),
        "a short line": "\n".join([*lines, rows[-1].rsplit(",", 1)[0]]),
        "a long line": "\n".join([*lines, rows[-1] + ",1"]),
        "an open quote": text + '"open,',
        "a line twice": "\n".join([*lines, rows[-1]]),
        "a column twice": "\n".join(line + "," + line.split(",")[0] for line in lines),
        "a column without name": "\n".join(line.replace(",", ",,", 1) for line in lines),
        "a column more": "\n".join(line + ",[/]" for line in lines),
        "columns in brackets": "\n".join([head.replace(",", ",[/]"), *rows]),
        "half": text[: len(text) // 2],
        "a very long cell": "\n".join([*lines, rows[-1].replace(",", "," + "9" * 200_000, 1)]),
    }.items()
    names = head.split(",")
    for name in names:
        yield (
            f"without {name}",
            "\n".join(
                ",".join(c for n, c in zip(names, line.split(","), strict=False) if n != name)
                for line in lines
            ),
        )
    for _ in range(cells):
        row, column, value = rng.randrange(len(rows)), rng.randrange(len(names)), rng.choice(NUMBERS)
        parts = rows[row].split(",")
        parts[column] = f'"{value}"'
        yield (
            f"{names[column]} {value[:12]!r}",
            "\n".join([head, *rows[:row], ",".join(parts), *rows[row + 1 :]]),
        )


def put_aside(name: str, kind: str) -> Callable[[Path], object]:
    """Something else than a file where a file is to be."""
    import os

    def prepare(folder: Path) -> None:
        path = folder / name
        path.unlink(missing_ok=True)
        {
            "missing": lambda: None,
            "folder": path.mkdir,
            "broken link": lambda: path.symlink_to(folder / "nowhere"),
            "circular link": lambda: path.symlink_to(path),
            "pipe": lambda: os.mkfifo(path),
        }[kind]()

    return prepare


PLACES = ("missing", "folder", "broken link", "circular link", "pipe")


def own(rng: random.Random) -> Iterator[Case]:
    """One's own table, its mapping, and the spec that names them."""
    group = "own tables"
    spec = (
        '[panel]\nsource = "official"\noperations = ["Serval"]\noutcome = ["table"]\n'
        'table = "{table}"\nmapping = "map.toml"\n'
    )

    def case(name: str, files: dict, absurd: bool = False, table: str = "own.csv", prepare=None) -> Case:
        whole = {"own.csv": OWN, "map.toml": MAPPING, "mine.toml": spec.replace("{table}", table), **files}
        return Case(group, name, (), whole, absurd, prepare=prepare, call=read)

    def read(folder: Path) -> None:
        from data.own.variables import own_variables
        from workflows.spec.run import load_spec

        panel = load_spec(folder / "mine.toml").panel
        read_table(panel.table or "", read_mapping(panel.mapping))
        own_variables(panel)

    yield case("as it is", {})
    for name, content in damages(OWN, rng, 60):
        yield case(name, {"own.csv": content})
    for end in (".xlsx", ".xls", ".dta", ".rds", ".zip", ".gz", ".csv.gz", ".json", "", ".toml"):
        yield case(f"a table called own{end}", {f"own{end}": OWN}, table=f"own{end}")
    for place in PLACES:
        for file in ("own.csv", "map.toml", "mine.toml"):
            yield case(f"{file}: {place}", {}, absurd=True, prepare=put_aside(file, place))
    for text in (
        "",
        "[columns",
        'codes = "words"',
        "codes = 1",
        'columns = "a"',
        "columns = []",
        "[columns]\ntroops = 1",
        '[columns]\nwhat = "x"',
        "[constants]\nyear = true",
        '[constants]\nyear = "soon"',
        "[constants]\nyear = 99999999999999999999",
        "[constants]\nyear = nan",
        "[constants]\nyear = 1.5",
        "[constants]\nleader = -1",
        '[constants]\nleader = "[/]"',
        '[constants]\ncoverage = "all"',
        "coverage = 3",
        "coverage = []",
        'coverage = ["nowhere"]',
        "coverage = {}",
        "coverage = { column = 1 }",
        'sheet = "a"',
        "sheet = 1",
        "sheet = []",
        'sheet_is = "word"',
        "[sheets.a]\nyear = 1",
        "[variables.x]",
        '[variables.x]\ncolumn = "troops"\nunit = ""\nabout = ""',
        '[variables.x]\ncolumn = "none"\nunit = "u"\nabout = "a"',
        '[variables.x]\ncolumn = "troops"\nunit = "u"\nabout = "a"\nscale = nan',
        '[variables.x]\ncolumn = "troops"\nunit = "u"\nabout = "a"\nscale = inf',
        '[variables.x]\ncolumn = "troops"\nunit = "u"\nabout = "a"\nscale = true',
        '[variables."[/]"]\ncolumn = "troops"\nunit = "u"\nabout = "a"',
        'decimal = ","\nthousands = ","',
        "decimal = 1",
        'states = { Chad = "nowhere" }',
        "states = []",
        'operations = { Serval = "" }',
        'operations = { Serval = "[/]" }',
        "operations = { Serval = 1 }",
        'repeated = "no"',
        "unread = true",
        "name = 1",
        "[columns]\n" + "a" * 5000 + ' = "x"',
    ):
        yield case(f"mapping {text[:40]!r}", {"map.toml": text})
