"""The headline effect within its support: where the step is attainable, among allies, and between observed depths.

Holding similarity, more potential means less depth, and for a state without a treaty that is a depth below none.
There the effect is an extrapolation of the model's slope. So beside H over all rows stand the share of rows that the
step leaves within the depths that occur, H over those, and a contrast between two depths that do occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from figures.words import percent, with_interval
from models.joint import Joint, set_depths
from models.predictor.rowwise import spread_over
from workflows.draws.evaluate import evaluate, mean_over_draws, thinned
from workflows.draws.summary import INTERVAL_KIND, flat, middle_and_ends, summarise
from workflows.estimands.headline import per_unit
from workflows.judge.limits import ALL, FIXED_STEP
from workflows.store.notices import Notice

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit

#: Below this share of rows for which the step is attainable, a notice says so.
LEAST_SHARE = 0.5
MOST = 1000
#: Draws over which a posterior mean is taken that is only looked at.
FEW = 400
COLUMNS = [
    "quantity", "over", "operation", "step", "of_step", "median", "lower", "upper", "interval", "rows", "states",
]  # fmt: skip
_EDGE = 1e-9


@dataclass(frozen=True)
class Groups:
    """Groups of rows that effects are averaged over.

    Attributes
    ----------
    keys : list of (over, operation)
        `operation` is ``all rows`` for all together.
    cell : ndarray of int, shape (row,)
        Rows of one cell are in the same groups: each row is read once, however many groups it is in.
    members : ndarray of bool, shape (group, cell)
    """

    keys: list[tuple[str, str]]
    cell: np.ndarray
    members: np.ndarray

    @cached_property
    def rows(self) -> list[np.ndarray]:
        """Positions of the rows of each group."""
        return [np.flatnonzero(mine[self.cell]) for mine in self.members]

    def average(self, change: TensorVariable) -> TensorVariable:
        """Mean of a vector over rows in each group, shape (group,)."""
        totals = spread_over(change, self.cell, self.members.shape[1])
        # Chosen, not multiplied by zero: what is not finite stays with the groups that its row is in.
        return pt.switch(self.members, totals, 0.0).sum(1) / np.array([rows.size for rows in self.rows])


def groups_of(joint: Joint, subsets: dict[str, np.ndarray]) -> Groups:
    """Each subset of rows, over all operations and within each where there are several; empty ones left out."""
    operation = joint.design.operation
    operations = [str(o) for o in joint.panel["operation"].values]
    chosen = np.array(list(subsets.values()))
    codes, cell = np.unique(
        2 ** np.arange(len(subsets)) @ chosen + 2 ** len(subsets) * operation, return_inverse=True
    )
    keys, members = [], []
    for k, over in enumerate(subsets):
        parts = {ALL: codes >> k & 1 == 1}
        if len(operations) > 1:
            parts |= {name: parts[ALL] & (codes >> len(subsets) == n) for n, name in enumerate(operations)}
        for name, mine in parts.items():
            if mine.any():
                keys.append((over, name))
                members.append(mine)
    return Groups(keys, cell, np.array(members))


def attainable(joint: Joint, draws: xr.Dataset, steps: Sequence[float]) -> np.ndarray:
    """Whether a row's depth after each step still is a depth that occurs, shape (step, draw, row), bool.

    Holding similarity, a step s of potential takes ``s (high - low)`` SD of depth off, the constants being the
    spec's scale of depth (for `residual` potential the fit on similarity is held as well). What is left must not
    lie below the smallest depth of all sets of treaties in force among the panel's rows in the same draw; no
    treaty is such a set where a row has none, with the declared baseline as its depth. A baseline that no row of
    the panel has is not observed and does not count.
    """
    reached, of_row = _attainable(joint, draws, steps)
    return reached[..., of_row]


def _attainable(joint: Joint, draws: xr.Dataset, steps: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The same for each set of treaties, shape (step, draw, set), and the set of each row."""
    of_set, of_row = set_depths(joint.depth, joint.panel, joint.spec)
    depth = flat(evaluate(joint, draws, {"depth": (of_set, ("treaty_set",))}, MOST)["depth"])
    low, high = joint.spec.depth.scale
    room = depth - depth.min(1, keepdims=True)
    return np.stack([room >= step * (high - low) - _EDGE for step in steps]), of_row


def shares_of(joint: Joint, within: np.ndarray, of_row: np.ndarray, steps: dict[str, float]) -> pd.DataFrame:
    """Share of rows for which the step is attainable, over draws; columns ``COLUMNS``."""
    allied = joint.design.in_force.any(1)
    groups = groups_of(joint, {ALL: np.ones(allied.size, bool), "allied rows": allied})
    rows = []
    for (name, step), reached in zip(steps.items(), within, strict=True):
        for (over, operation), mine in zip(groups.keys, groups.rows, strict=True):
            values = reached @ np.bincount(of_row[mine], minlength=reached.shape[1]) / mine.size
            rows.append(_row(joint, "share attainable", over, operation, (name, step), values, mine))
    return pd.DataFrame(rows, columns=COLUMNS)


def effects_within(
    joint: Joint, draws: xr.Dataset, within: np.ndarray, of_row: np.ndarray, steps: dict[str, float]
) -> pd.DataFrame:
    """H over all, attainable and allied rows, and the contrast between depths; columns ``COLUMNS``.

    Rows are the same in all draws, so that each estimate speaks of rows that can be named: attainable rows are
    those for which the step is attainable with probability of at least one half.
    """
    contribution, scale = joint.contribution, per_unit(joint.contribution.likelihood)
    allied = joint.design.in_force.any(1)
    base = contribution.expected()
    wanted, said = {}, {}
    for (name, step), reached in zip(steps.items(), within, strict=True):
        subsets = {
            ALL: np.ones(allied.size, bool),
            "attainable rows": (reached.mean(0) >= 0.5)[of_row],
            "allied rows": allied,
        }
        groups = groups_of(joint, subsets)
        change = scale * (contribution.expected(step) - base)
        wanted[name], said[name] = (groups.average(change), (name,)), (groups, "H", (name, step))
    if (found := contrast(joint)) is not None:
        label, groups, each = found
        wanted["contrast"], said["contrast"] = (each, ("contrast",)), (groups, label, ("", np.nan))
    values = evaluate(joint, draws, wanted, MOST)
    rows = []
    for name, (groups, quantity, step) in said.items():
        for (over, operation), mine, one in zip(groups.keys, groups.rows, flat(values[name]).T, strict=True):
            rows.append(_row(joint, quantity, over, operation, step, one, mine))
    return pd.DataFrame(rows, columns=COLUMNS)


def contrast(joint: Joint) -> tuple[str, Groups, TensorVariable] | None:
    """Expected outcome at the depth of the treaty with most contributors' rows less that at no treaty's.

    Similarity is held. Both depths are observed: the average is over rows at either end, those that the treaty
    binds and those without one. Only depth moves: a treaty's own intercept is no depth, and stays with the rows that
    it binds.

    Returns
    -------
    (label, groups, tensor of shape (group,)), or None where no row has a treaty or every row has one.
    """
    in_force = joint.design.in_force
    alone = ~in_force.any(1)
    if not in_force.any() or not alone.any():
        return None
    # Of contributors: the treaty that binds most states may bind few that came.
    came = in_force[joint.design.outcome.share > 0]
    top = int((came if came.any() else in_force).sum(0).argmax())
    low, high = joint.spec.depth.scale
    of_set, of_row = set_depths(joint.depth, joint.panel, joint.spec)
    own = of_set[of_row]
    at = [
        joint.contribution.expected((own - other) / (high - low))
        for other in (joint.depth[top], joint.spec.depth.baseline)
    ]
    treaty = str(joint.model.coords["treaty"][top])
    names = dict(
        zip(joint.panel["treaty"].values.astype(str), joint.panel["treaty_name"].values, strict=True)
    )
    name = names.get(treaty, treaty)
    groups = groups_of(joint, {"rows at either end": (in_force[:, top] > 0) | alone})
    return (
        f"depth of {name} less none",
        groups,
        groups.average(per_unit(joint.contribution.likelihood) * (at[0] - at[1])),
    )


def support(fit: Fit, effect: xr.Dataset) -> pd.DataFrame:
    """The headline effect within its support.

    Parameters
    ----------
    fit : Fit
    effect : Dataset
        Draws of the headline effect, as `workflows.estimands.effects.headline_effect` gives it: its `step` is the
        panel's own, beside which stands ``FIXED_STEP``, and what it says over all rows is repeated here.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``. `quantity` is ``H``, ``share attainable`` (0 to 1) or the contrast; `over` says which
        rows; `step` is ``own`` or ``fixed`` and `of_step` its size in units of potential; effects are in troops
        per year of an average military (the outcome's own unit where it is no share); `interval` is ``eti_95``.
    """
    joint, draws = fit.joint, fit.draws["posterior"].to_dataset()
    steps = {"own": float(effect.attrs["step"]), "fixed": FIXED_STEP}
    within, of_row = _attainable(joint, draws, list(steps.values()))
    table = pd.concat(
        [shares_of(joint, within, of_row, steps), effects_within(joint, draws, within, of_row, steps)],
        ignore_index=True,
    )
    # The same quantity from all draws: a page must not hold it twice, with two numbers.
    known = summarise(effect)
    known = known[known["quantity"].isin(["headline_operation", "headline_all_rows"])].set_index("label")
    same = (table["quantity"] == "H") & (table["over"] == ALL) & (table["step"] == "own")
    labels = table.loc[same, "operation"].replace({ALL: ""})
    bounds = ["median", "lower", "upper"]
    table.loc[same, bounds] = known.loc[labels, bounds].to_numpy()
    return table


def pair_apart(fit: Fit, step: float) -> dict[str, Any] | None:
    """Two states whose unrealized potential lies about one step apart, so that a reader can picture it.

    Parameters
    ----------
    fit : Fit
    step : float
        Units of potential.

    Returns
    -------
    dict or None
        ``higher, lower, operation, year``: of the pairs of contributors in the last year of the first operation whose
        posterior means are between 0.9 and 1.1 steps apart, the one whose smaller military is the largest. None where
        there is no such pair.
    """
    joint, panel = fit.joint, fit.joint.panel
    draws = fit.draws["posterior"].to_dataset()
    mean = mean_over_draws(joint, thinned(draws, FEW), joint.potential)
    operation = str(panel["operation"].values[0])
    mine = (panel["row_operation"].values == operation) & (joint.design.outcome.share > 0)
    if not mine.any():
        return None
    year = panel["row_year"].values[mine].max()
    rows = np.flatnonzero(mine & (panel["row_year"].values == year))
    apart = (mean[rows][:, None] - mean[rows][None, :]) / step
    forces = panel["armed_forces"].values[rows]
    smaller = np.where(np.abs(apart - 1) <= 0.1, np.minimum(forces[:, None], forces[None, :]), -np.inf)
    if not np.isfinite(smaller).any():
        return None
    first, second = (rows[k] for k in np.unravel_index(np.argmax(smaller), smaller.shape))
    states = panel["row_state"].values
    return {
        "higher": str(states[first]),
        "lower": str(states[second]),
        "operation": operation,
        "year": int(year),
    }


def _row(
    joint: Joint,
    quantity: str,
    over: str,
    operation: str,
    step: tuple[str, float],
    values: np.ndarray,
    mine: np.ndarray,
) -> tuple:
    lower, median, upper = middle_and_ends(values)
    states = len(np.unique(joint.design.state[mine]))
    return (quantity, over, operation, *step, median, lower, upper, INTERVAL_KIND, mine.size, states)


def notices(table: pd.DataFrame) -> list[Notice]:
    """Where the step is attainable for few rows: for how many, and what H is over those."""
    own = table[table["step"] == "own"]
    shares, whole, within = (
        own[(own["quantity"] == quantity) & (own["over"] == over)].set_index("operation")
        for quantity, over in (("share attainable", ALL), ("H", ALL), ("H", "attainable rows"))
    )
    several = len(shares) > 1
    said = []
    for operation, row in shares.iterrows():
        if row["median"] >= LEAST_SHARE or (several and operation == ALL):
            continue
        over = "there is no row to state H over"
        if operation in within.index:
            over = f"over those H is {_words(within.loc[operation])}"
        where = "" if operation == ALL else f"{operation}: "
        every = f"over all rows {_words(whole.loc[operation])}"
        said.append(
            f"{where or 'It is '}attainable for {percent(row['median'])} of {row['rows']:,} rows; {over}, {every}"
        )
    if not said:
        return []
    why = "at the same similarity the step of potential asks of the other rows for a depth below every one that occurs."
    # Of nine operations a paragraph is not read.
    told = f" {said[0]}." if len(said) == 1 else "".join(f"\n- {line}" for line in said)
    return [Notice("support of H", f"{why}{told}")]


def _words(row: pd.Series) -> str:
    return with_interval(row["median"], row["lower"], row["upper"])
