"""Known misprints of the transcribed lists, each in one line of a visible table, never applied in silence.

``name_tables/misprints.csv`` says which row (by its key and by what is printed), which column, what it is
read as, and why; where no row is given, the printed cell alone is enough. A row that is mended says so in its
``problem`` column.
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from data.names.states import TABLES, rows_of


@lru_cache(maxsize=1)
def misprints() -> list[dict[str, str]]:
    """The table of misprints: columns table, where, column, printed, read_as, reason."""
    return rows_of(TABLES / "misprints.csv")


def mend(frame: pd.DataFrame, table_name: str, *, marks_only: bool = False) -> pd.DataFrame:
    """A table with its known misprints read as what they stand for, in place, each noted in ``problem``.

    With `marks_only`, only those that are plain wherever they stand, such as a stray mark behind a number.
    """
    for row in misprints():
        if row["table"] != table_name or (marks_only and row["where"]):
            continue
        wanted = dict(part.split("=", 1) for part in row["where"].split(";") if part)
        is_count = row["column"] + "_text" in frame
        hit = frame[f"{row['column']}_text" if is_count else row["column"]].astype("str").eq(row["printed"])
        for name, value in wanted.items():
            hit &= frame[name].astype("str").eq(value)
        read_as = float(row["read_as"] or "nan") if is_count else row["read_as"]
        frame.loc[hit, row["column"]] = read_as
        said = f"{row['column']}: {row['printed']!r} read as {row['read_as'] or 'missing'} ({row['reason']})"
        frame.loc[hit, "problem"] = said
    return frame
