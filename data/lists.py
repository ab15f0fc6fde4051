"""From dated lists of contributors to one number a state and year."""

from __future__ import annotations

import pandas as pd

from data.errors import InputError
from data.ledger import Ledger
from data.spec import ListRule

COLUMNS = ("operation", "date", "ccode", "troops", "list")
"""``operation``; ``date`` of the list; ``ccode``; ``troops`` (persons, NaN: named without a number);
``list``, the words that name the list in a panel."""

_MID_YEAR = "-07-01"


def outcome_of(
    lists: pd.DataFrame, rule: ListRule, states: pd.DataFrame, ledger: Ledger, step: str
) -> pd.DataFrame:
    """Turn complete lists into operation x state x year rows.

    A complete list names every contributor: a state of the system that it does not name sent nobody.

    Parameters
    ----------
    lists : DataFrame
        Columns `COLUMNS`; one row per operation, date and state.
    rule : str
        Which list stands for a year: ``nearest_mid_year`` (1 July), ``first``, ``last``; or what is made of
        all of them: ``mean``, ``median``, ``max``.
    states : DataFrame
        ``ccode, first, last``: years in the state system.
    ledger : Ledger
        Gets the entries of lists that do not stand for a year.
    step : str
        The open step of the ledger to which the entries belong; it is finished here.

    Returns
    -------
    DataFrame
        ``operation, ccode, year, troops, list``; `troops` NaN where a state is named without a number.
    """
    repeated = lists.duplicated(["operation", "date", "ccode"]).to_numpy()
    if repeated.any():
        first = lists.iloc[int(repeated.argmax())]
        found = f"{first['operation']}, ccode {first['ccode']:g}, {first['date']:%Y-%m-%d} twice"
        raise InputError(found, "one row a state on each list", column="troops")
    lists = lists.assign(year=lists["date"].dt.year.astype(float))
    chosen = (
        _one_a_year(lists, rule, ledger, step) if rule in ("nearest_mid_year", "first", "last") else lists
    )
    ledger.finish(step, chosen)
    dates = chosen[["operation", "year", "date", "list"]].drop_duplicates()
    grid = dates.merge(states, how="cross")
    grid = grid[grid["year"].between(grid["first"], grid["last"])]
    named = chosen[["operation", "date", "ccode", "troops"]].assign(named=True)
    full = grid.merge(named, how="left", on=["operation", "date", "ccode"])
    full["troops"] = full["troops"].where(full["named"].notna(), 0.0)
    summary = {"max": "max", "median": "median"}.get(rule, "mean")
    by_year = full.groupby(["operation", "ccode", "year"], as_index=False)
    table = by_year.agg(troops=("troops", summary), list=("list", "first"), lists=("list", "size"))
    several = table["lists"] > 1
    table["list"] = table["list"].where(~several, rule + " of " + table["lists"].astype(str) + " lists")
    return table.drop(columns="lists")


def _one_a_year(lists: pd.DataFrame, rule: ListRule, ledger: Ledger, step: str) -> pd.DataFrame:
    dates = lists[["operation", "year", "date"]].drop_duplicates()
    middle = pd.to_datetime(dates["year"].astype(int).astype(str) + _MID_YEAR)
    distance = (dates["date"] - middle).abs()
    order = {
        "nearest_mid_year": distance,
        "first": dates["date"],
        "last": dates["date"].max() - dates["date"],
    }
    dates = dates.assign(order=order[rule]).sort_values(["operation", "year", "order", "date"])
    kept = pd.MultiIndex.from_frame(dates.drop_duplicates(["operation", "year"])[["operation", "date"]])
    other = ~pd.MultiIndex.from_frame(lists[["operation", "date"]]).isin(kept)
    return ledger.leave_out(step, lists, other, f"on another list of the same year (rule {rule})")
