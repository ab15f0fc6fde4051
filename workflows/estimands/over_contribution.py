"""Over-contribution beside recorded payments, and beside what became of the relationship later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from data.facts.bundled import Facts
from models.similarity import dyad_years
from workflows.draws.evaluate import evaluate
from workflows.draws.summary import INTERVAL_KIND, eti, flat, middle_and_ends

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit

#: Operations of the payments table by the panel's names, where they differ.
PAYMENT_OPERATIONS = {"Iraq War 2003": "Iraq", "Gulf War 1990-91": "Gulf War"}
#: Beginnings of a payment's status: nothing came of it; or it was given or agreed. All others were sought,
#: offered or alleged.
NOTHING = ("none", "not realised")
GIVEN = (
    "paid",
    "received",
    "given",
    "agreed",
    "lobbied / agreed",
    "in essence agreed",
    "accepted",
    "reimbursed",
)
KINDS = ("deployment subsidy", "political side deal")


def payments(data: str | Path | None = None) -> pd.DataFrame:
    """Recorded payments by operation and recipient state.

    Rows whose recipient stands in brackets are totals over several states and left out, and so is what was not
    realised; a row for two states counts for each. A state without a row is unknown, not unpaid.

    Returns
    -------
    DataFrame
        ``operation, ccode, payment`` (kinds, joined by " and ", or "sought or offered only"),
        ``recipient_type``, ``records``.
    """
    table = Facts(data)("payments")
    table = table[~table["recipient"].str.startswith("(") & table["recipient_ccode"].notna()]
    status = table["status"].fillna("").str.lower()
    table = table.assign(given=status.str.startswith(GIVEN))[~status.str.startswith(NOTHING)]
    table = table.assign(kind=table["category"].where(table["given"]))
    table = table.assign(ccode=table["recipient_ccode"].astype(str).str.split(";")).explode("ccode")
    table["ccode"] = table["ccode"].astype(float).astype(int)
    table["operation"] = table["operation"].replace(PAYMENT_OPERATIONS)

    def kinds(values: pd.Series) -> str:
        text = " ".join(values.dropna())
        return " and ".join(kind for kind in KINDS if kind in text) or "sought or offered only"

    grouped = table.groupby(["operation", "ccode"])
    return grouped.agg(
        payment=("kind", kinds),
        recipient_type=("recipient_type", lambda v: "; ".join(sorted(set(v.dropna()))) or "not stated"),
        records=("what", "size"),
    ).reset_index()


def ranked(over: xr.Dataset, fit: Fit, data: str | Path | None = None, prob: float = 0.95) -> pd.DataFrame:
    """Rank contributors to each operation by how far they exceed expectation, payments beside them.

    Parameters
    ----------
    over : Dataset
        As `workflows.estimands.further.over_contribution` returns it.
    fit : Fit
    data : path, optional
        The user's data folder, where it replaces the bundled facts.
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        One row a state and operation that it sent troops to: ``operation, state, years, troops_observed,
        share_observed``; ``median, lower, upper`` of the share above expectation, ``troops_median, troops_lower,
        troops_upper`` (persons), ``probability_above``, ``rank, rank_lower, rank_upper``; ``payment`` and
        ``recipient_type`` (empty: no record); ``interval``.
    """
    sent = np.flatnonzero(over["troops_observed"].values > 0)
    some = over.isel(cell=sent)
    table = pd.DataFrame({"operation": some["cell_operation"].values, "state": some["cell_state"].values})
    for name in ("years", "troops_observed", "share_observed"):
        table[name] = some[name].values
    for name, prefix in (
        ("share_above_expected", ""),
        ("troops_above_expected", "troops_"),
        ("rank_in_operation", "rank_"),
    ):
        ends = middle_and_ends(flat(some[name]), 0, (1 - prob) / 2)
        table[f"{prefix}lower"], table[f"{prefix}median"], table[f"{prefix}upper"] = ends
    table = table.rename(columns={"rank_median": "rank"})
    table["probability_above"] = (some["share_above_expected"] > 0).mean(("chain", "draw")).values
    codes = dict(zip(fit.joint.panel["state"].values, fit.joint.panel["state_ccode"].values, strict=True))
    table["ccode"] = table["state"].map(codes).astype(int)
    table = table.merge(payments(data), on=["operation", "ccode"], how="left")
    text = {name: table[name].fillna("") for name in ("payment", "recipient_type")}
    table = table.assign(**text, interval=eti(prob))
    return table.sort_values(["operation", "median"], ascending=[True, False]).reset_index(drop=True)


def by_payment(over: xr.Dataset, table: pd.DataFrame, by: str = "recipient_type") -> pd.DataFrame:
    """Describe contributors by recorded payment: mean share above expectation of each group.

    A description of who was paid among those who came, from a source that records some payments: no row
    means unknown. It says nothing about what payments did.

    Parameters
    ----------
    over : Dataset
    table : DataFrame
        As `ranked` returns it.
    by : {"recipient_type", "payment"}

    Returns
    -------
    DataFrame
        ``operation`` ("all" over every operation with a record, where there are several), ``group`` (empty cells:
        "no record"), ``contributors``, ``median, lower, upper`` (share), ``interval``.
    """
    cells = pd.MultiIndex.from_arrays([over["cell_operation"].values, over["cell_state"].values])
    draws = flat(over["share_above_expected"])
    recorded = table.groupby("operation")["payment"].transform(lambda v: (v != "").any())
    covered = table[recorded]
    rows = []
    operations = list(covered["operation"].unique())
    # Over one operation with a record, "all" would say its rows twice.
    for operation in [*operations, *["all"] * (len(operations) > 1)]:
        mine = covered if operation == "all" else covered[covered["operation"] == operation]
        for group, members in mine.groupby(mine[by].replace("", "no record")):
            at = cells.get_indexer(pd.MultiIndex.from_frame(members[["operation", "state"]]))
            lower, median, upper = middle_and_ends(draws[:, at].mean(1))
            rows.append((operation, group, len(members), median, lower, upper, INTERVAL_KIND))
    return pd.DataFrame(
        rows, columns=["operation", "group", "contributors", "median", "lower", "upper", "interval"]
    )


def later_ties(
    fit: Fit, over: xr.Dataset, ties: pd.DataFrame | None = None, wait: int = 3, least: int = 10
) -> pd.DataFrame:
    """Whether over-contribution was followed by deeper ties with the leader.

    For each contributor to each operation: its over-contribution, and the change of depth, similarity and (where
    given) other ties from its first year in the operation to the last year of the panel with the same leader, at
    least `wait` years later. The slope of the change on over-contribution is computed in each draw of the
    posterior, so that its interval carries the uncertainty of both; states differ in much else, so it is an
    association.

    Parameters
    ----------
    fit : Fit
    over : Dataset
    ties : DataFrame, optional
        Other ties: ``ccode, leader, year`` and numeric columns such as ``joint_igos``.
    wait : int
        Years that must lie between.
    least : int
        Contributors below which nothing is said of a tie.

    Returns
    -------
    DataFrame
        ``tie, unit, states`` (state x operation cells), ``median, lower, upper`` (change of the tie per SD of
        over-contribution), ``probability_positive``, ``interval``. Empty where the panel has no later years.
    """
    joint = fit.joint
    panel = joint.panel
    rows = (
        panel.coords.to_dataset()
        .reset_coords()[["row_state", "row_ccode", "row_operation", "row_year", "row_leader"]]
        .to_dataframe()
    )
    rows = rows.rename(columns=lambda c: c.removeprefix("row_")).reset_index(drop=True)
    rows["position"] = np.arange(len(rows))
    sent = over["troops_observed"].values > 0
    cells = pd.DataFrame(
        {
            "state": over["cell_state"].values,
            "operation": over["cell_operation"].values,
            "cell": np.arange(sent.size),
        }
    )[sent]
    first = rows.sort_values("year").drop_duplicates(["state", "operation"])
    last = rows.sort_values("year").drop_duplicates(["state", "leader"], keep="last")
    pairs = cells.merge(first, on=["state", "operation"]).merge(
        last[["state", "leader", "year", "position"]], on=["state", "leader"], suffixes=("", "_later")
    )
    pairs = pairs[pairs["year_later"] - pairs["year"] >= wait].reset_index(drop=True)
    columns = ["tie", "unit", "states", "median", "lower", "upper", "probability_positive", "interval"]
    if len(pairs) < least:
        return pd.DataFrame(columns=columns)
    posterior = fit.draws["posterior"].to_dataset().sel(chain=over["chain"], draw=over["draw"])
    now, then = pairs["position"].to_numpy(), pairs["position_later"].to_numpy()
    at = np.unique([now, then])
    potential = flat(evaluate(joint, posterior, {"potential": (joint.potential[at], ("at",))})["potential"])
    similarity = np.asarray(joint.design.similarity, float)[None, at]
    if "similarity_latent" in posterior:
        similarity = flat(posterior["similarity_latent"])[:, dyad_years(joint.panel)[at]]
    now, then = np.searchsorted(at, now), np.searchsorted(at, then)
    changes: dict[str, tuple[str, np.ndarray]] = {
        "similarity": ("0 to 1", similarity[:, then] - similarity[:, now]),
    }
    if joint.spec.potential.kind == "difference":
        depth = similarity - potential
        changes["depth"] = ("0 to 1 on the declared scale", depth[:, then] - depth[:, now])
    if ties is not None:
        keyed = ties.set_index(["ccode", "leader", "year"])
        for name in keyed.columns:
            ends = [
                keyed[name].reindex(pd.MultiIndex.from_frame(pairs[["ccode", "leader", y]])).to_numpy(float)
                for y in ("year", "year_later")
            ]
            changes[str(name)] = (str(name), (ends[1] - ends[0])[None, :])
    above = flat(over["share_above_expected"])[:, pairs["cell"].to_numpy()]
    out = []
    for tie, (unit, change) in changes.items():
        known = np.isfinite(change).all(0)
        if known.sum() < least or np.ptp(change[:, known]) == 0:
            continue
        x = above[:, known] - above[:, known].mean(1, keepdims=True)
        y = np.broadcast_to(change[:, known], x.shape)
        slope = (x * y).mean(1) / x.std(1)
        lower, median, upper = middle_and_ends(slope)
        out.append(
            (tie, unit, int(known.sum()), median, lower, upper, float((slope > 0).mean()), INTERVAL_KIND)
        )
    return pd.DataFrame(out, columns=columns)
