"""The ledger: rows in, rows left out by reason, rows kept; it balances or it fails."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

ROWS_IN, KEPT = "rows in", "kept"


class Ledger:
    """Counts what becomes of rows, step by step.

    A step starts with a table, every filter names its reason, and finishing the step asserts that what came
    in is what is kept plus what was left out. Where the table has a column ``troops``, the persons left out
    are counted too: a handful of rows may carry most of an operation.
    """

    def __init__(self) -> None:
        self._entries: list[dict] = []
        self._open: dict[str, int] = {}

    def start(self, step: str, table: pd.DataFrame) -> pd.DataFrame:
        """Open a step with all of its rows."""
        if step in self._open or any(entry["step"] == step for entry in self._entries):
            raise ValueError(f"step {step!r} was started before")
        self._open[step] = len(table)
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

    def finish(self, step: str, table: pd.DataFrame) -> pd.DataFrame:
        """Close a step; its rows must balance."""
        rows_in = self._open.pop(step)
        self._note(step, KEPT, table)
        left = sum(
            e["rows"] for e in self._entries if e["step"] == step and e["reason"] not in (ROWS_IN, KEPT)
        )
        assert rows_in == left + len(table), (
            f"ledger of {step!r}: {rows_in} in, {left} left out, {len(table)} kept"
        )
        return table

    def as_frame(self) -> pd.DataFrame:
        """Return ``step, reason, rows, troops`` in order; `troops` in persons, NaN where unknown."""
        return pd.DataFrame(self._entries, columns=["step", "reason", "rows", "troops"])

    def to_json(self) -> str:
        """Return the same entries as a JSON list; an unknown number of troops is null."""
        if self._open:
            raise ValueError(f"unfinished steps: {sorted(self._open)}")
        return json.dumps(self._entries)

    def _note(self, step: str, reason: str, table: pd.DataFrame) -> None:
        troops = float(table["troops"].sum(min_count=1)) if "troops" in table else np.nan
        rounded = None if np.isnan(troops) else round(troops)
        self._entries.append({"step": step, "reason": reason, "rows": len(table), "troops": rounded})


def ledger_frame(entries: str) -> pd.DataFrame:
    """Return the table of a panel's ``ledger`` attribute (`Ledger.to_json`)."""
    return pd.DataFrame(json.loads(entries), columns=["step", "reason", "rows", "troops"])
