"""The ledger: rows in, rows left out by reason, rows kept; it balances or it fails.

Steps are chained: a step that is finished `into` another hands its persons on, and the other step must begin
with exactly these. So troops balance from the lines of a file to the rows of a panel, through every merge.
"""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd

ROWS_IN, KEPT = "rows in", "kept"


class Ledger:
    """Counts what becomes of rows, step by step.

    A step starts with a table, every filter names its reason, and finishing the step asserts that what came
    in is what is kept plus what was left out. Where the table has a column ``troops``, the persons left out
    are counted and must balance too: a handful of rows may carry most of an operation.
    """

    def __init__(self) -> None:
        self._entries: list[dict] = []
        self._open: dict[str, tuple[int, float]] = {}
        self._handed: dict[str, float] = {}

    def start(self, step: str, table: pd.DataFrame) -> pd.DataFrame:
        """Open a step with all of its rows, whose persons are those that earlier steps handed on to it."""
        if step in self._open or any(entry["step"] == step for entry in self._entries):
            raise ValueError(f"step {step!r} was started before")
        persons = _persons(table)
        if step in self._handed:
            handed = self._handed.pop(step)
            assert _same(persons, handed), (
                f"ledger: {handed:g} troops handed on to {step!r}, {persons:g} arrive"
            )
        self._open[step] = (len(table), persons)
        self._note(step, ROWS_IN, table)
        return table

    def leave_out(
        self, step: str, table: pd.DataFrame, out: pd.Series | np.ndarray, reason: str
    ) -> pd.DataFrame:
        """Drop the rows where `out` holds, for `reason`; return the others."""
        out = np.asarray(out, dtype=bool)
        if out.any():
            self._note(step, reason, table[out])
        return table[~out]

    def finish(self, step: str, table: pd.DataFrame, *, into: str | None = None) -> pd.DataFrame:
        """Close a step; its rows and persons must balance.

        Parameters
        ----------
        step : str
            An open step.
        table : DataFrame
            What is kept.
        into : str, optional
            The step that the persons are handed on to; several steps may hand on to one.
        """
        rows_in, persons_in = self._open.pop(step)
        persons = _persons(table)
        self._note(step, KEPT, table)
        left = [e for e in self._entries if e["step"] == step and e["reason"] not in (ROWS_IN, KEPT)]
        rows_left = sum(e["rows"] for e in left)
        assert rows_in == rows_left + len(table), (
            f"ledger of {step!r}: {rows_in} in, {rows_left} left out, {len(table)} kept"
        )
        persons_left = sum(e["persons"] for e in left)
        assert _same(persons_in, persons_left + persons), (
            f"ledger of {step!r}: {persons_in:g} troops in, {persons_left:g} left out, {persons:g} kept"
        )
        if into is not None:
            self._handed[into] = self._handed.get(into, 0.0) + persons
        return table

    def merge(
        self, step: str, table: pd.DataFrame, merged: pd.DataFrame, reason: str, *, into: str | None = None
    ) -> pd.DataFrame:
        """Close a step in which several rows become one: `reason` takes the rows and persons between the two."""
        fewer = _persons(table) - _persons(merged)
        entry = {"step": step, "reason": reason, "rows": len(table) - len(merged), "troops": round(fewer)}
        self._entries.append(entry | {"persons": fewer})
        return self.finish(step, merged, into=into)

    def as_frame(self) -> pd.DataFrame:
        """Return ``step, reason, rows, troops`` in order; `troops` in persons, NaN where unknown."""
        return pd.DataFrame(self._entries, columns=["step", "reason", "rows", "troops"])

    def to_json(self) -> str:
        """Return the same entries as a JSON list; an unknown number of troops is null."""
        if self._open:
            raise ValueError(f"unfinished steps: {sorted(self._open)}")
        if self._handed:
            raise ValueError(f"troops handed on to steps that never began: {sorted(self._handed)}")
        columns = ("step", "reason", "rows", "troops")
        return json.dumps([{name: entry[name] for name in columns} for entry in self._entries])

    def _note(self, step: str, reason: str, table: pd.DataFrame) -> None:
        troops = float(table["troops"].sum(min_count=1)) if "troops" in table else np.nan
        rounded = None if np.isnan(troops) else round(troops)
        entry = {"step": step, "reason": reason, "rows": len(table), "troops": rounded}
        self._entries.append(entry | {"persons": _persons(table)})


def _persons(table: pd.DataFrame) -> float:
    """Persons that a table counts; a row whose number is not known counts none."""
    return float(table["troops"].astype(float).sum()) if "troops" in table else 0.0


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)


def ledger_frame(entries: str) -> pd.DataFrame:
    """Return the table of a panel's ``ledger`` attribute (`Ledger.to_json`)."""
    return pd.DataFrame(json.loads(entries), columns=["step", "reason", "rows", "troops"])
