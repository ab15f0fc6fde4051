"""From the rows of coalitions to the arrays of `models.coalition`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.treaties.atop import in_force, members, treaty_table
from data.treaties.provisions import PROVISIONS
from data.variables.coalition_ties import BEFORE_1990, UNITED_STATES
from models.coalition import GROUPS, CoalitionDesign

#: Kinds of ties behind breadth; the first is the anchor of its sign.
KINDS = {
    "igo_ties": "joint memberships (log)",
    "us_alliances": "formal alliances",
    "us_representation": "missions",
    "us_trade": "trade with the United States over GDP (log)",
}
CONTROLS = (
    "affinity",
    "polity2",
    "log_gdppc",
    "log_cinc",
    "same_region",
    "contiguous",
    "target_representation",
    "common_language",
    "in_dispute",
)


def usable(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that the model can use, and what was left out: ``reason, rows``.

    Each reason counts what the ones before it left.
    """
    rows = rows.assign(log_cinc=np.log(rows["cinc"].where(rows["cinc"] > 0)))
    left = []
    for reason, out in (
        ("nothing known of the contribution", (rows["least"] == 0) & (rows["most"] == 2)),
        ("a tie is not known", rows[list(KINDS)].isna().any(axis=1)),
        ("a control is not known", rows[list(CONTROLS)].isna().any(axis=1)),
    ):
        out = out.reindex(rows.index)
        left.append((reason, int(out.sum())))
        rows = rows.loc[~out]
    if rows.empty:
        raise InputError("no complete rows", "rows with ties and controls")
    table = pd.DataFrame([*left, ("kept", len(rows))], columns=["reason", "rows"])
    return rows.reset_index(drop=True), table


def coalition_design(rows: pd.DataFrame, folder: str | Path) -> CoalitionDesign:
    """Lay out complete rows (of `usable`).

    Parameters
    ----------
    rows : DataFrame
        Of `data.coalitions.us_coalitions.us_coalitions`, complete.
    folder : path
        The data folder, for the treaties of the United States.
    """
    operations = rows.drop_duplicates("operation").reset_index(drop=True)
    states = np.sort(rows["ccode"].unique())
    state_names = rows.drop_duplicates("ccode").set_index("ccode")["state"]
    placebo, un = operations["placebo"] == 1, operations["un"] == 1
    group = np.where(placebo, 2, np.where(un, 1, 0))
    targets, target = np.unique(operations["target"], return_inverse=True)
    logged = np.log1p(rows["igo_ties"])
    within = logged - logged.groupby(rows["ccode"]).transform("mean")
    treaties, bound = _treaties(rows, Path(folder))
    controls = rows[list(CONTROLS)].to_numpy(float)
    return CoalitionDesign(
        state=np.searchsorted(states, rows["ccode"]),
        operation=pd.Categorical(rows["operation"], list(operations["operation"])).codes.astype(int),
        target=target,
        group=group,
        least=rows["least"].to_numpy(int),
        most=rows["most"].to_numpy(int),
        controls=(controls - controls.mean(axis=0)) / controls.std(axis=0),
        within=(within / within.std(ddof=0)).to_numpy(float),
        ties=_ties(rows, states),
        in_force=bound,
        provisions=treaties[list(PROVISIONS)].to_numpy(float),
        names={
            "state": [str(state_names[code]) for code in states],
            "operation": list(operations["operation"]),
            "target": [str(code) for code in targets],
            "control": list(CONTROLS),
            "kind": list(KINDS),
            "treaty": list(treaties["treaty_name"]),
            "group": [GROUPS[g] for g in np.unique(group)],
        },
    )


def _ties(rows: pd.DataFrame, states: np.ndarray) -> np.ndarray:
    """State means over the years of the rows, each state and year once, standardised over states."""
    years = rows.drop_duplicates(["ccode", "year"]).assign(igo_ties=lambda r: np.log1p(r["igo_ties"]))
    means = years.groupby("ccode")[list(KINDS)].mean().loc[states].to_numpy(float)
    return (means - means.mean(axis=0)) / means.std(axis=0)


def _treaties(rows: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Treaties of the United States in force in the year before, and which bind each row's state."""
    years = (int(rows["year"].min()) - 1, int(rows["year"].max()) - 1)
    dyads = in_force(members(folder), [UNITED_STATES], years)
    table = treaty_table(folder)
    then = rows["ccode"].where(rows["year"] > 1990, rows["ccode"].replace(BEFORE_1990))
    keys = list(zip(then, rows["year"] - 1, strict=True))
    bound = {}
    for treaty, part in dyads.groupby("treaty"):
        binds = set(zip(part["ccode"], part["year"], strict=True))
        bound[treaty] = np.array([key in binds for key in keys])
    used = [treaty for treaty, column in bound.items() if column.any()]
    table = table.set_index("treaty").loc[used].reset_index()
    return table, np.column_stack([bound[treaty] for treaty in used])
