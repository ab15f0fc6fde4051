"""Depth of each dyad-year with a leader, from the posterior of its treaties."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.studies.corrections import PUBLISHED_SHIFT
from data.treaties.atop import in_force, members
from workflows.depth.measure import Measure

How = Literal["deepest", "latest", "sum"]
#: Of the posterior, every so manieth draw is looked at.
THIN = 8
BASELINES = (-2.0, -1.5, -1.0, -0.5, 0.0)


def sets_depth(
    draws: np.ndarray, sets: np.ndarray, how: How, baseline: float, order: np.ndarray | None = None
) -> np.ndarray:
    """Depth of each set of treaties in every draw: `models.depth.depth_of_sets` on arrays.

    Parameters
    ----------
    draws : ndarray, shape (draw, treaty)
    sets : ndarray of bool, shape (set, treaty)
    how, baseline, order
        As in `models.depth.depth_of_sets`.

    Returns
    -------
    ndarray, shape (draw, set)
    """
    sets = np.asarray(sets, dtype=bool)
    if how == "sum":
        return baseline + (draws - baseline) @ sets.T
    if how == "latest":
        if order is None or not np.isfinite(order).all():
            raise ValueError("how='latest' needs the year in which every treaty entered into force")
        rank = np.empty(sets.shape[1])
        rank[np.argsort(order, kind="stable")] = np.arange(sets.shape[1])
        ranked = np.where(sets, rank, -1.0)
        sets = sets & (ranked == ranked.max(axis=1, keepdims=True))
    out = np.full((draws.shape[0], sets.shape[0]), float(baseline))
    for number, members_ in enumerate(sets):
        if members_.any():
            out[:, number] = draws[:, members_].max(axis=1)
    return out


def published_depth(score: np.ndarray, *, oriented: bool) -> np.ndarray:
    """The published transformation, log(score + 2.141), of the score's shape; 0 for NaN (no treaty).

    As published it was applied to the mirror image of the score, so that the deepest
    treaties came out lowest; `oriented` uses the score as it stands. NaN where the
    logarithm does not exist.
    """
    raw = np.asarray(score, dtype=float)
    shifted = (raw if oriented else -raw) + PUBLISHED_SHIFT
    logged = np.log(np.where(shifted > 0, shifted, np.nan))
    return np.where(np.isnan(raw), 0.0, logged)


def allied(spells: pd.DataFrame, leader: int, years: tuple[int, int]) -> pd.DataFrame:
    """Treaties in force between the leader and each state, by year; see `data.treaties.atop.in_force`.

    Raises
    ------
    InputError
        If there is none.
    """
    dyads = in_force(spells, [leader], years)
    if dyads.empty:
        raise InputError(
            f"no treaty of {leader} in {years[0]}-{years[1]}", "a leader with allies in those years"
        )
    return dyads


def dyad_depth(
    measured: Measure,
    folder: str | Path,
    *,
    leader: int,
    years: tuple[int, int],
    how: How = "deepest",
    baseline: float = -1.0,
    spells: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Depth of every state that shares a treaty with the leader, by year.

    Parameters
    ----------
    measured : Measure
        Of ATOP or of Benson & Clinton's treaties, whose ``atopid`` are ATOP's numbers.
    folder : path
        The data folder, for ATOP's members.
    leader : int
        State code.
    years : (int, int)
    how, baseline
        As in `models.depth.depth_of_sets`; states without a treaty are not listed, since
        they all sit at the baseline.
    spells : DataFrame, optional
        Members of treaties as `data.treaties.atop.members` gives them, in place of ATOP's.

    Returns
    -------
    DataFrame
        ``ccode, year, treaties`` (numbers in force, space separated), ``unscored`` (in force but without
        a score), ``coder`` of the provisions, ``mean, median, sd, lower, upper, interval``, and the published
        transformation of the mean, ``published`` (reversed, as published) and ``published_oriented``.
    """
    spells = members(folder) if spells is None else spells
    dyads = allied(spells, leader, years)
    posterior = measured.draws["posterior"]["score"].isel(draw=slice(None, None, THIN))
    numbers = [str(t) for t in posterior["treaty"].to_numpy()]
    column = {number: place for place, number in enumerate(numbers)}
    draws = posterior.to_numpy().reshape(-1, len(numbers))
    entered = spells.groupby("treaty")["first"].min()
    order = np.array([entered.get(number, np.nan) for number in numbers])
    grouped = dyads.groupby(["ccode", "year"])["treaty"].agg(lambda t: tuple(sorted(t))).reset_index()
    distinct = {names: place for place, names in enumerate(dict.fromkeys(grouped["treaty"]))}
    sets = np.zeros((len(distinct), len(numbers)), dtype=bool)
    for names, place in distinct.items():
        sets[place, [column[n] for n in names if n in column]] = True
    used = sets.any(axis=0)
    values = sets_depth(draws[:, used], sets[:, used], how, baseline, order[used])
    tail = (1 - measured.spec.probability) / 2
    scored = sets.any(axis=1)
    lower, upper = np.quantile(values, [tail, 1 - tail], axis=0)
    by_set = pd.DataFrame(
        {
            "treaties": [" ".join(names) for names in distinct],
            "unscored": [" ".join(n for n in names if n not in column) for names in distinct],
            "coder": measured.coder,
            "mean": np.where(scored, values.mean(axis=0), np.nan),
            "median": np.where(scored, np.median(values, axis=0), np.nan),
            "sd": np.where(scored, values.std(axis=0, ddof=1), np.nan),
            "lower": np.where(scored, lower, np.nan),
            "upper": np.where(scored, upper, np.nan),
        }
    )
    by_set["interval"] = measured.spec.interval
    for oriented, name in ((False, "published"), (True, "published_oriented")):
        by_set[name] = np.where(scored, published_depth(by_set["mean"], oriented=oriented), np.nan)
    rows = by_set.iloc[grouped["treaty"].map(distinct).to_numpy()].reset_index(drop=True)
    return pd.concat([grouped[["ccode", "year"]].astype(int), rows], axis=1)


def distinct_values(dyads: pd.DataFrame) -> int:
    """How many different depths the leader's allies have: as many as there are answers and sets behind them."""
    return int(dyads["mean"].dropna().round(6).nunique())


def baseline_sensitivity(dyads: pd.DataFrame, baselines: tuple[float, ...] = BASELINES) -> pd.DataFrame:
    """What the declared depth of a state without a treaty decides.

    Returns
    -------
    DataFrame
        Per baseline: `gap`, mean depth of allied dyad-years minus the baseline (SDs over treaties), and
        `allies_below`, the share of allied dyad-years whose mean depth lies below it, which would
        make a treaty shallower than none.
    """
    depth = dyads["mean"].dropna()
    rows = [(b, float(depth.mean() - b), float((depth < b).mean())) for b in baselines]
    return pd.DataFrame(rows, columns=["baseline", "gap", "allies_below"])
