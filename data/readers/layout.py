"""A registered table read and checked: names, types, missing codes, bounds and keys in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.near import near
from data.common.refuse import refuse
from data.names.states import ccodes_of_iso3, ccodes_of_names, cow_codes
from data.readers import cells
from data.readers.files import Raw, load, plain
from data.readers.mend import mend
from data.sources.registry import Column, States, Table, table

CCODES = (1, 999)
YEARS = (1400, 2100)


def _bounds(column: Column) -> tuple[float | None, float | None]:
    by_type = {"ccode": CCODES, "year": YEARS, "flag": (0, 1), "count": (0, cells.MOST_PERSONS)}
    low, high = by_type.get(column.type, (None, None))
    return (low if column.low is None else column.low), (high if column.high is None else column.high)


def _whole(column: Column) -> bool:
    return column.type in ("integer", "ccode", "year", "flag")


def check(frame: pd.DataFrame, table_name: str, file: Path) -> pd.DataFrame:
    """The frame, if it has the values that its table declares; its index is the line of each row in the file.

    Raises
    ------
    InputError
        With the first line at fault, its column, what it holds and what is expected there.
    """
    layout = table(table_name)
    if layout.key and layout.duplicates == "refuse":
        refuse_repeats(frame, list(layout.key), file)
    for name, column in layout.columns.items():
        values, (low, high) = frame[name], _bounds(column)
        if column.required:
            refuse(values, values.isna(), "a value", file=file)
        if low is not None:
            refuse(values, values < low, f"at least {low:g} {column.unit}".strip(), file=file)
        if high is not None:
            refuse(values, values > high, f"at most {high:g} {column.unit}".strip(), file=file)
        if column.type == "iso3":
            refuse(values, ~values.str.fullmatch(r"[A-Z]{3}", na=True), "a three-letter code", file=file)
    return frame


def refuse_repeats(frame: pd.DataFrame, key: list[str], file: Path | str) -> None:
    """Raise an InputError that names both rows, where two rows have one key."""
    twice = frame.duplicated(key, keep="first").to_numpy()
    if not twice.any():
        return
    place = int(np.flatnonzero(twice)[0])
    row = frame.iloc[place]
    same = pd.Series(True, index=frame.index)
    for name in key:
        same &= (
            frame[name].isna() if pd.isna(row[name]) else frame[name].eq(row[name]).fillna(False).astype(bool)
        )
    shown = ", ".join(f"{name} {row[name]}" for name in key)
    raise InputError(
        f"{shown} a second time (first in row {frame.index[same.to_numpy()][0]})",
        "each key once",
        file=file,
        row=int(frame.index[place]),
        column=key[0],
    )


def pick(raw: Raw, name: str, column: Column) -> pd.Series | None:
    """The raw cells of a column, found by any of its official spellings; None if it may be absent."""
    wanted = {plain(spelling) for spelling in (*column.from_, *(() if column.from_ else (name,)))}
    found = [header for header in raw.columns if plain(header) in wanted and header]
    if len(found) == 1:
        return raw.columns[found[0]]
    official = column.official(name)
    if len(found) > 1:
        raise InputError(
            f"the columns {' and '.join(found)}", f"one column {official!r}", file=raw.file, row=1
        )
    if column.optional:
        return None
    close = near(official, raw.columns)
    have = (
        f"no such column (near: {', '.join(close)})"
        if close
        else f"no such column among {', '.join(raw.columns)}"
    )
    raise InputError(have, f"the column {official!r}", file=raw.file, row=1, column=official)


def _typed(raw: Raw, name: str, column: Column, out: dict[str, pd.Series], problems: list[pd.Series]) -> None:
    source, official = pick(raw, name, column), column.official(name)
    blank = source is None
    source = pd.Series([None] * len(raw.lines), dtype=object) if source is None else source
    if column.type in ("text", "iso3"):
        out[name] = cells.texts(source)
    elif column.type == "date":
        out[name] = cells.dates(source, raw.lines, raw.file, official)
    elif column.type == "count":
        read = cells.counts(source)
        out[name] = read["value"]
        out[f"{name}_text"] = cells.texts(source)
        problems.append(read["problem"].map(lambda said: f"{name}: {said}" if said else ""))
    else:
        values = cells.numbers(
            source, raw.lines, raw.file, official, missing=column.missing, whole=_whole(column)
        )
        if column.required and not blank and not values.isna().any() and _whole(column):
            large, place = ~values.between(-(2**53), 2**53), {"file": raw.file, "lines": raw.lines}
            refuse(source, large, "a smaller number", column=official, found=cells.short, **place)
            values = values.astype("int64")
        out[name] = values


def tidy(raw: Raw, table_name: str, *, marks_only: bool = False) -> pd.DataFrame:
    """Raw cells to the documented columns of a table, checked; the index is the line in the file.

    Columns of type ``count`` come with ``<name>_text`` (as printed), and the table then has a column
    ``problem`` that says, per row, what was odd; rows with one key are flagged there where the table says
    ``report``. Known misprints are mended (with `marks_only` those alone that are plain wherever they stand), and
    last come the year and the codes of states that the table declares.
    """
    layout = table(table_name)
    raw = _without_blank_rows(raw, layout)
    out: dict[str, pd.Series] = {}
    problems: list[pd.Series] = []
    for name, column in layout.columns.items():
        _typed(raw, name, column, out, problems)
    frame = pd.DataFrame(out)
    frame.index = pd.Index(raw.lines, name="line")
    if layout.duplicates == "report":
        problems.append(_repeats(frame, layout))
    if problems:
        joined = pd.concat([said.reset_index(drop=True) for said in problems], axis=1)
        frame["problem"] = ["; ".join(s for s in row if s) for row in joined.itertuples(index=False)]
        frame["problem"] = frame["problem"].astype("str")
    frame = mend(check(frame, table_name, raw.file), table_name, marks_only=marks_only)
    if layout.dated:
        frame["year"] = frame[layout.dated].dt.year.astype("int64")
    for name, states in layout.states.items():
        frame[name] = _codes(frame, states, layout.columns[states.by].official(states.by), raw.file)
    return frame


def _codes(frame: pd.DataFrame, states: States, official: str, file: Path) -> pd.Series:
    """Correlates of War codes of the states that a column names, each in its year; Int64, missing for no state."""
    named, years = frame[states.by], frame["year"] if states.year is None else [states.year] * len(frame)
    if states.codes == "name":
        return ccodes_of_names(named, years, states.context, file=file, column=official)
    return ccodes_of_iso3(named, years) if states.codes == "iso3" else cow_codes(named, years, states.codes)


def _repeats(frame: pd.DataFrame, layout: Table) -> pd.Series:
    """A note on every row whose key another row has too, naming the first of them."""
    key = [frame[name].astype("str").fillna("") for name in layout.key]
    joined = pd.concat(key, axis=1).agg("\x1f".join, axis=1)
    first = pd.Series(frame.index, index=frame.index).groupby(joined).transform("min")
    many = joined.map(joined.value_counts()) > 1
    said = [
        (f"same {', '.join(layout.key)} as line {start}" if start != line else "key repeated below")
        if twice
        else ""
        for line, start, twice in zip(frame.index, first, many, strict=True)
    ]
    return pd.Series(said, index=frame.index, dtype="str")


def _without_blank_rows(raw: Raw, layout: Table) -> Raw:
    """Leave out the rows whose columns named by the table are all empty, such as names without data."""
    if not layout.skip_if_blank:
        return raw
    picked = [pick(raw, name, layout.columns[name]) for name in layout.skip_if_blank]
    blank = np.all([[cells.is_missing(cell) for cell in some] for some in picked if some is not None], axis=0)
    if not blank.any():
        return raw
    if blank.all():
        raise InputError("rows without any value", "at least one row", file=raw.file)
    return raw.rows(~blank)


def read(path: Path | str, table_name: str, *, marks_only: bool = False) -> pd.DataFrame:
    """Read an official file as the table ``source.table`` of the registry.

    Raises
    ------
    InputError
        For every fault of the file: one line with file, row, column, what was found and what is expected.
    """
    return tidy(load(path, encoding=table(table_name).encoding), table_name, marks_only=marks_only)


def note(frame: pd.DataFrame, where: pd.Series, said: str) -> None:
    """Add a remark to the ``problem`` column of the rows where it applies, in place."""
    if "problem" not in frame:
        frame["problem"] = pd.Series("", index=frame.index, dtype="str")
    old = frame.loc[where, "problem"]
    frame.loc[where, "problem"] = old.where(old == "", old + "; ") + said


def stack(raw: Raw, ids: list[str], headings: Mapping[str, object], heading: str, value: str) -> Raw:
    """Turn a wide table into rows: one row for each old row and each of the given columns.

    Parameters
    ----------
    raw : Raw
        The wide table.
    ids : list of str
        Official headers that are repeated on every new row.
    headings : dict
        From a header to what it stands for, such as ``"2001 [YR2001]"`` to 2001.
    heading, value : str
        The headers of the two new columns.
    """
    columns = {
        name: pd.concat([raw.columns[name]] * len(headings), ignore_index=True)
        for name in ids
        if name in raw.columns
    }
    means = [meaning for meaning in headings.values() for _ in raw.lines]
    columns[heading] = pd.Series(means, dtype=object)
    columns[value] = pd.concat([raw.columns[name].astype(object) for name in headings], ignore_index=True)
    return Raw(raw.file, columns, raw.lines * len(headings))


def problems(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that something was odd about, with the line of each and what it was."""
    if "problem" not in frame:
        return pd.DataFrame({"line": pd.Series(dtype="int64"), "problem": pd.Series(dtype="str")})
    odd = frame[frame["problem"] != ""]
    return odd.reset_index()[["line", "problem"]]
