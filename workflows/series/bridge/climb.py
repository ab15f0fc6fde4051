"""The bridge in reading order, and what moved at each rung."""

from __future__ import annotations

import numpy as np
import pandas as pd


def climb(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rungs in reading order, parents before children, with ``level`` and ``moved``.

    Parameters
    ----------
    table : DataFrame
        ``id``, ``label``, ``parent`` (an id; empty or NaN for a root), ``headline``, ``lower``, ``upper``,
        ``interval``, ``rows``, ``states``; the first row is where the bridge starts, the last where it ends.

    Returns
    -------
    DataFrame
        The same columns, with ``level`` (0 for a root) and ``moved``, the change of the headline from the
        parent's (NaN for a root).

    Raises
    ------
    ValueError
        If an id is repeated, a parent is unknown, or rungs are each other's ancestors.
    """
    if table["id"].duplicated().any():
        raise ValueError(f"bridge: id {table.loc[table['id'].duplicated(), 'id'].iloc[0]!r} is repeated")
    parents = {r.id: None if pd.isna(r.parent) or r.parent == "" else r.parent for r in table.itertuples()}
    for child, parent in parents.items():
        if parent is not None and parent not in parents:
            raise ValueError(f"bridge: {child!r} names the parent {parent!r}, which is no rung")
    order: list[tuple[str, int]] = []

    def visit(rung: str, level: int) -> None:
        order.append((rung, level))
        for child in [c for c, p in parents.items() if p == rung]:
            visit(child, level + 1)

    for root in [rung for rung, parent in parents.items() if parent is None]:
        visit(root, 0)
    if len(order) < len(parents):
        lost = sorted(set(parents) - {rung for rung, _ in order})
        raise ValueError(f"bridge: {', '.join(lost)} are each other's ancestors; no rung leads to them")
    found = table.set_index("id", drop=False).loc[[rung for rung, _ in order]].reset_index(drop=True)
    effects = dict(zip(found["id"], found["headline"], strict=True))
    found["level"] = [level for _, level in order]
    above = [effects[parents[rung]] if parents[rung] is not None else np.nan for rung in found["id"]]
    found["moved"] = found["headline"] - np.array(above, float)
    return found
