"""From dated lists of contributors to one number a state and year."""

from __future__ import annotations

import pandas as pd

from data.assembly.spec import ListRule
from data.common.errors import InputError
from data.common.ledger import Ledger

COLUMNS = ("operation", "date", "ccode", "troops", "list")
"""``operation``; ``date`` of the list; ``ccode``; ``troops`` (persons, NaN: named without a number);
``list``, the words that name the list in a panel."""

PANEL_ROWS = "panel rows"
"""The step of the ledger into which all lists lead."""


def entries_from(source: str) -> str:
    """The step of the ledger that takes the entries of one source of lists."""
    return f"list entries from {source}"


_MID_YEAR = "-07-01"
_KEY = ["operation", "ccode", "year"]


def outcome_of(
    lists: pd.DataFrame,
    rule: ListRule,
    states: pd.DataFrame,
    ledger: Ledger,
    step: str,
    covers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Turn lists of contributors into operation x state x year rows.

    A list names every contributor among the states that it covers: a state of the system that it covers and
    does not name sent nobody. Of a state that it does not cover nothing is known.

    Parameters
    ----------
    lists : DataFrame
        Columns `COLUMNS`; one row per operation, date and state.
    rule : str
        Which list stands for a year: ``nearest_mid_year`` (1 July), ``first``, ``last``; or what is made of
        all of them: ``mean``, ``median``, ``max``. A state that one of them names without a number has
        none then.
    states : DataFrame
        ``ccode, first, last``: years in the state system.
    ledger : Ledger
        Gets the entries that do not stand for a year, or name no state of it.
    step : str
        The open step of the ledger to which the entries belong; it is finished here, and hands its persons
        on to `PANEL_ROWS`.
    covers : DataFrame, optional
        ``operation, date, ccode``: the states that each list covers; all states by default.

    Returns
    -------
    DataFrame
        ``operation, ccode, year, troops, list, covered``; `troops` NaN where a state is named without a
        number or not covered.
    """
    repeated = lists.duplicated(["operation", "date", "ccode"]).to_numpy()
    if repeated.any():
        first = lists.iloc[int(repeated.argmax())]
        found = f"{first['operation']}, ccode {first['ccode']:g}, {first['date']:%Y-%m-%d} twice"
        raise InputError(found, "one row a state on each list", column="troops")
    lists = lists.assign(year=lists["date"].dt.year.astype(float))
    dates = lists[["operation", "year", "date", "list"]].drop_duplicates()
    lists = ledger.leave_out(step, lists, ~_in_system(lists, states), "no state of the system in the year")
    if rule in ("nearest_mid_year", "first", "last"):
        dates = _one_a_year(dates, rule)
        kept = pd.MultiIndex.from_frame(dates[["operation", "date"]])
        other = ~pd.MultiIndex.from_frame(lists[["operation", "date"]]).isin(kept)
        lists = ledger.leave_out(step, lists, other, f"on another list of the same year (rule {rule})")
    grid = dates.merge(states, how="cross")
    grid = grid[grid["year"].between(grid["first"], grid["last"])]
    # A state that left the system and came back within a year has two spells in it.
    grid = grid.drop_duplicates(["operation", "date", "ccode"]).drop(columns=["first", "last"])
    named = lists[["operation", "date", "ccode", "troops"]].assign(named=True)
    full = grid.merge(named, how="left", on=["operation", "date", "ccode"], validate="one_to_one")
    full["covered"] = True if covers is None else _covered(full, covers)
    astray = _covered(lists, full[~full["covered"]])
    lists = ledger.leave_out(step, lists, astray, "of a state that the list does not cover")
    full["troops"] = full["troops"].where(full["named"].notna(), 0.0)
    table = _one_number(full, rule)
    _hand_on(lists, table, rule, ledger, step)
    return table


def _in_system(lists: pd.DataFrame, states: pd.DataFrame) -> pd.Series:
    cells = lists[["ccode", "year"]].drop_duplicates().merge(states, on="ccode")
    cells = cells[cells["year"].between(cells["first"], cells["last"])]
    known = pd.MultiIndex.from_frame(cells[["ccode", "year"]])
    return pd.Series(pd.MultiIndex.from_frame(lists[["ccode", "year"]]).isin(known), index=lists.index)


def _covered(cells: pd.DataFrame, covers: pd.DataFrame) -> pd.Series:
    key = ["operation", "date", "ccode"]
    known = pd.MultiIndex.from_frame(covers[key])
    return pd.Series(pd.MultiIndex.from_frame(cells[key]).isin(known), index=cells.index)


def _one_number(full: pd.DataFrame, rule: ListRule) -> pd.DataFrame:
    """One row a state and year, from the lists that cover it."""
    summary = {"max": "max", "median": "median"}.get(rule, "mean")
    known = full[full["covered"]].assign(unknown=lambda cells: cells["troops"].isna())
    by_year = known.groupby(_KEY, as_index=False)
    table = by_year.agg(
        troops=("troops", summary),
        list=("list", "first"),
        lists=("list", "size"),
        unknown=("unknown", "any"),
    )
    several = table["lists"] > 1
    table["troops"] = table["troops"].where(~table["unknown"])
    table["list"] = table["list"].where(~several, rule + " of " + table["lists"].astype(str) + " lists")
    table = table.drop(columns=["lists", "unknown"]).assign(covered=True)
    rest = full.drop_duplicates(_KEY)
    rest = rest[~pd.MultiIndex.from_frame(rest[_KEY]).isin(pd.MultiIndex.from_frame(table[_KEY]))]
    rest = rest[[*_KEY, "list"]].assign(troops=float("nan"), covered=False)
    whole = pd.concat([table, rest], ignore_index=True) if len(rest) else table
    return whole.sort_values(_KEY).reset_index(drop=True)


def _hand_on(lists: pd.DataFrame, table: pd.DataFrame, rule: ListRule, ledger: Ledger, step: str) -> None:
    """Close the step of the entries, and account for entries that become one number."""
    if rule in ("nearest_mid_year", "first", "last"):
        ledger.finish(step, lists, into=PANEL_ROWS)
        return
    merged = f"{rule} of the lists of a year, {step}"
    ledger.finish(step, lists, into=merged)
    ledger.start(merged, lists)
    named = lists[_KEY].drop_duplicates().merge(table, on=_KEY, validate="one_to_one")
    ledger.merge(merged, lists, named, f"made one number a year by the rule {rule}", into=PANEL_ROWS)


def _one_a_year(dates: pd.DataFrame, rule: ListRule) -> pd.DataFrame:
    """The one list of each operation and year that the rule picks."""
    middle = pd.to_datetime(dates["year"].astype(int).astype(str) + _MID_YEAR)
    order = {
        "nearest_mid_year": (dates["date"] - middle).abs(),
        "first": dates["date"] - dates["date"].min(),
        "last": dates["date"].max() - dates["date"],
    }
    dates = dates.assign(order=order[rule]).sort_values(["operation", "year", "order", "date"])
    return dates.drop_duplicates(["operation", "year"]).drop(columns="order")
