"""The feedback check: did the outcome rewrite the measure of depth?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from figures.words import span, with_interval
from workflows.draws.summary import INTERVAL_KIND, flat, middle_and_ends
from workflows.store.notices import Notice

if TYPE_CHECKING:
    import xarray as xr


def feedback(alone: xr.Dataset, jointly: xr.Dataset, panel: xr.Dataset | None = None) -> pd.DataFrame:
    """Depth of each treaty under measurement alone and in the joint posterior.

    Parameters
    ----------
    alone, jointly : Dataset
        With ``treaty_depth`` (chain, draw, treaty), in SD of depth over treaties.
    panel : Dataset, optional
        Gives treaties their names; its ``treaty_coder`` names who coded the provisions.

    Returns
    -------
    DataFrame
        Columns `treaty, name, coder` (both where known), `alone, alone_lower, alone_upper, alone_sd, joint, joint_lower,
        joint_upper, joint_sd, shift, moved, contradicting_chains, reversed_chains, interval`. `moved` marks a
        median that shifted by more than its own SD under measurement alone; `contradicting_chains` counts the
        chains whose 95 % interval of the treaty's depth lies wholly outside the one under measurement alone;
        `reversed_chains` those that order all treaties against measurement (rank correlation below zero).
    """
    first, second = (d["treaty_depth"].transpose("chain", "draw", "treaty") for d in (alone, jointly))
    columns: dict[str, object] = {"treaty": second["treaty"].values}
    if panel is not None and "treaty_coder" in panel.coords:
        labels = treaty_labels(panel)
        columns["name"] = [labels[str(treaty)] for treaty in second["treaty"].values]
        columns["coder"] = panel["treaty_coder"].sel(treaty=second["treaty"].values).values
    for name, draws in (("alone", first), ("joint", second)):
        values = flat(draws)
        lower, median, upper = middle_and_ends(values, axis=0)
        columns |= {name: median, f"{name}_lower": lower, f"{name}_upper": upper, f"{name}_sd": values.std(0)}
    table = pd.DataFrame(columns)
    table["shift"] = table["joint"] - table["alone"]
    table["moved"] = table["shift"].abs() > table["alone_sd"]
    low, _, high = middle_and_ends(second.values, axis=1)
    outside = (high < table["alone_lower"].to_numpy()) | (low > table["alone_upper"].to_numpy())
    table["contradicting_chains"] = outside.sum(0)
    table["reversed_chains"] = reversed_chains(table["alone"].to_numpy(), second)
    return table.assign(interval=INTERVAL_KIND)


def treaty_labels(panel: xr.Dataset) -> dict[str, str]:
    """What each treaty of a panel is called where people read, by identifier; distinct for distinct treaties.

    An identifier that is a word (``NATO``) is its own label; a number of ATOP's says nothing, so its name stands for it.
    """
    treaties = panel["treaty"].values.astype(str)
    if "treaty_name" not in panel.coords and "treaty_name" not in panel:
        return dict(zip(treaties, treaties, strict=True))
    names = panel["treaty_name"].values.astype(str)
    seen = Counter(names)
    return {
        treaty: treaty if not treaty.isdigit() else name if seen[name] == 1 else f"{name}, ATOP {treaty}"
        for treaty, name in zip(treaties, names, strict=True)
    }


def by_name(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `feedback` with names for identifiers in `treaty`, where it has them."""
    return table.assign(treaty=table["name"]) if "name" in table else table


def notices(table: pd.DataFrame) -> list[Notice]:
    """Treaties whose depth the outcome moved, in one notice; empty where none is."""
    if table.empty or not table["moved"].any():
        return []
    said = "; ".join(
        f"{r.treaty} from {span(r.alone, r.joint, 1)}" for r in by_name(table[table["moved"]]).itertuples()
    )
    return [
        Notice(
            "depth moved by the outcome",
            f"troops moved the depth of a treaty by more than its provisions leave open: {said} (SD of depth). What H "
            'says of depth is then partly read from the troops themselves: set `measurement = "cut"` beside it.',
        )
    ]


def reversed_chains(reference: np.ndarray, depth: xr.DataArray) -> int:
    """Count chains whose mean depths are ordered against `reference`, shape (treaty,)."""
    if reference.size < 3:
        return 0
    order = pd.Series(reference)
    means = depth.mean("draw").transpose("chain", "treaty").values
    return int(sum(order.corr(pd.Series(chain), method="spearman") < 0 for chain in means))


def contradictions(table: pd.DataFrame, chains: int) -> list[str]:
    """Say in what the joint posterior contradicts measurement; each line fails a run.

    Chains can agree perfectly in the wrong mode, so that no convergence diagnostic sees it.

    Parameters
    ----------
    table : DataFrame
        As `feedback` returns it; may be empty.
    chains : int
    """
    if table.empty:
        return []
    lines = []
    remedy = (
        "the outcome rewrote the measure. Keep treaty effects on (treaty_by_operation where operations are "
        "pooled), or use measurement = 'plug-in'."
    )
    if wrong := int(table["reversed_chains"].max()):
        lines.append(f"{wrong} of {chains} chains order treaties against their provisions: {remedy}")
    for row in by_name(table[table["contradicting_chains"] > 0]).itertuples():
        lines.append(
            f"treaty {row.treaty}: depth {with_interval(row.joint, row.joint_lower, row.joint_upper, 2)} jointly, "
            f"{with_interval(row.alone, row.alone_lower, row.alone_upper, 2)} from its provisions alone, apart in "
            f"{row.contradicting_chains} of {chains} chains: {remedy}"
        )
    return lines
