"""What differs between two tables of the same thing: two releases of a source, or two saved panels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.panel import open_panel, panel_frame
from data.sources.registry import registered, table
from data.tables.reading import read_file

FALLBACK_KEYS = (["ccode", "year"], ["ccode", "year", "leader"], ["atopid"], ["ccode1", "ccode2", "year"])
CLOSE = 1e-6
"""Relative difference up to which two numbers count as equal: files are stored with six or seven digits."""


@dataclass(frozen=True)
class Diff:
    """Differences of two tables.

    Attributes
    ----------
    key : list of str
        The columns by which rows were matched.
    rows : dict
        ``only_a``, ``only_b``, ``both``: numbers of keys.
    summary : DataFrame
        One row a common column: ``column, both, equal, differ, only_a, only_b, largest, correlation``; `largest`
        is the largest absolute difference and `correlation` Pearson's, both NaN for text.
    cells : DataFrame
        Every cell that differs: the key, ``column, a, b``.
    """

    key: list[str]
    rows: dict[str, int]
    summary: pd.DataFrame
    cells: pd.DataFrame


def diff_tables(a: pd.DataFrame, b: pd.DataFrame, key: list[str], columns: list[str] | None = None) -> Diff:
    """Compare two tables row by row.

    Parameters
    ----------
    a, b : DataFrame
        Tables in which `key` is unique.
    key : list of str
        Columns that identify a row.
    columns : list of str, optional
        What to compare; all common columns by default.
    """
    if columns is None:
        columns = [name for name in a.columns if name in b.columns and name not in key]
    merged = a[[*key, *columns]].merge(
        b[[*key, *columns]], on=key, how="outer", suffixes=("_a", "_b"), indicator=True, validate="one_to_one"
    )
    where = merged["_merge"].value_counts()
    rows = {"only_a": int(where["left_only"]), "only_b": int(where["right_only"]), "both": int(where["both"])}
    both = merged[merged["_merge"] == "both"]
    summary, cells = [], []
    for column in columns:
        left, right = both[f"{column}_a"], both[f"{column}_b"]
        numeric = pd.api.types.is_numeric_dtype(left) and pd.api.types.is_numeric_dtype(right)
        here, there = left.notna(), right.notna()
        known = here & there
        if numeric:
            x, y = left.to_numpy(dtype=float, na_value=np.nan), right.to_numpy(dtype=float, na_value=np.nan)
            same = pd.Series(np.isclose(x, y, rtol=CLOSE, atol=1e-9), index=both.index)
            x, y = x[known], y[known]
            gap = np.abs(x - y)
        else:
            same, gap = left.astype(str) == right.astype(str), np.array([])
        unlike = ~(same & known) & (here | there)
        varies = numeric and known.sum() > 2 and np.ptp(x) > 0 and np.ptp(y) > 0
        summary.append(
            {
                "column": column,
                "both": int(known.sum()),
                "equal": int((same & known).sum()),
                "differ": int((~same & known).sum()),
                "only_a": int((here & ~there).sum()),
                "only_b": int((~here & there).sum()),
                "largest": float(gap.max()) if gap.size else np.nan,
                "correlation": float(np.corrcoef(x, y)[0, 1]) if varies else np.nan,
            }
        )
        part = both.loc[unlike, key].assign(
            column=column, a=left[unlike].astype(object), b=right[unlike].astype(object)
        )
        cells.append(part)
    empty = pd.DataFrame(columns=[*key, "column", "a", "b"])
    return Diff(key, rows, pd.DataFrame(summary), pd.concat(cells, ignore_index=True) if cells else empty)


def diff_files(a: str | Path, b: str | Path) -> Diff:
    """Compare two official files, or two saved panels.

    Parameters
    ----------
    a, b : path
        Files of the registry that hold the same thing (for instance two releases), or NetCDF panels.

    Raises
    ------
    InputError
        A file that is not in the registry, or two tables without a common key.
    """
    a, b = Path(a), Path(b)
    left, right = _load(a), _load(b)
    key = _key(a, left, right)
    if key is None:
        expected = "two releases of one source, or tables with one row per state and year"
        raise InputError(f"no common key of {a.name} and {b.name}", expected, file=b)
    return diff_tables(left, right, key)


def _load(path: Path) -> pd.DataFrame:
    if path.suffix == ".nc":
        return panel_frame(open_panel(path))
    name = _table_of(path)
    if name is None:
        raise InputError(
            "a file that the registry does not know", "a registered file or a panel (.nc)", file=path
        )
    frame = read_file(name, path)
    return frame.drop(columns=[c for c in ("problem", "release") if c in frame.columns])


def _table_of(path: Path) -> str | None:
    entry = registered(path)
    return entry[1].table if entry and entry[1].table else None


def _key(path: Path, a: pd.DataFrame, b: pd.DataFrame) -> list[str] | None:
    """Return the first key that both tables have and in which neither repeats a row."""
    name = _table_of(path) if path.suffix != ".nc" else None
    candidates = [list(table(name).key)] if name else [["operation", "ccode", "year"]]
    for key in (*candidates, *FALLBACK_KEYS):
        if key and all(column in a and column in b for column in key):
            held_a, held_b = a.dropna(subset=key), b.dropna(subset=key)
            if (
                not held_a.duplicated(key).any()
                and not held_b.duplicated(key).any()
                and len(held_a) == len(a)
            ):
                return key
    return None
