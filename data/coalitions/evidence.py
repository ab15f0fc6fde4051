"""What the lists of contributors say of each state in each coalition: at least this, at most that.

A source may know who took part and not with how many, or who sent 100 and more and nothing of smaller contingents.
What it can know is declared in ``bundled/coalition_lists.csv``; here every list becomes bounds on a contribution of
three kinds: none (0), fewer than 100 persons (1), 100 and more (2).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.assembly.spec import PanelSpec
from data.common.ledger import Ledger
from data.common.near import one_of
from data.common.refuse import refuse
from data.facts.bundled import Facts
from data.panels.contributor_lists import iiss_lists
from data.tables.reading import official

HUNDRED = 100
NONE, TOKEN, LARGE = 0, 1, 2
#: The most that a state can have sent that a list does not name, by what the list is complete for.
UNNAMED = {"any": NONE, "hundred": TOKEN, "none": LARGE}
#: Sources whose lists say how many.
COUNTING = ("geopko", "un_day", "iiss", "facts")
LAST_YEAR = 2005

Bounds = pd.DataFrame
# Index ``ccode``; ``least``, ``most`` (0, 1, 2) and ``troops`` (persons, NaN where not known).


def kind(troops: pd.Series) -> pd.Series:
    """0 for nobody, 1 below a hundred and 2 from a hundred persons on, line by line."""
    return (troops > 0).astype(int) + (troops >= HUNDRED).astype(int)


def coalition_lists() -> pd.DataFrame:
    """The declared lists of contributors, a line each; columns as in ``bundled/codebook.csv``.

    Raises
    ------
    InputError
        For a source or a coverage of another name, or a list that goes beyond 2005 and is not set aside.
    """
    lists = Facts()("coalition_lists")
    for column, known in (("source", list(SOURCES)), ("complete_for", [*UNNAMED, "aside"])):
        wrong = ~lists[column].isin(known)
        expected = one_of(str(next(iter(lists[column][wrong]), "")), known)
        refuse(lists[column], wrong, expected, file="coalition_lists.csv", lines=lists.index + 2)
    return lists


def evidence(
    folder: str | Path, operations: pd.DataFrame, states: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bounds on every state's contribution to every operation that has a list.

    Parameters
    ----------
    folder : path
        The data folder.
    operations : DataFrame
        Rows of ``us_coalitions``.
    states : DataFrame
        ``operation, ccode``: the states of the system when the operation began.

    Returns
    -------
    bounds : DataFrame
        ``operation, ccode, least, most, troops, named`` (sources that name the state), ``conflict`` (sources that
        contradict each other, empty where none do). A list of all that ever took part bounds the others; lists of
        dates are joined, so that a state is what the largest of them allows. `troops` is the largest number of any
        list, and 0 where nobody was sent. Where sources contradict each other, nothing is known of the state.
    named : DataFrame
        ``operation, source, ccode, row``: every contributor that a list names, and whether it is among `states`.
    """
    folder = Path(folder)
    lists = coalition_lists()
    lists = lists[lists["operation"].isin(operations["operation"]) & (lists["complete_for"] != "aside")]
    out, seen = [], []
    for name, group in lists.groupby("operation", sort=False):
        codes = states.loc[states["operation"] == name, "ccode"].to_numpy()
        row = operations[operations["operation"] == name].iloc[0]
        named = [SOURCES[str(one.source)](folder, one) for one in group.itertuples()]
        bounds = [_over_all(b, one, codes) for b, one in zip(named, group.itertuples(), strict=True)]
        total = _un_bound(folder, row, codes) if row["frame"] == "UN" else None
        out.append(_joined(bounds, list(group.itertuples()), total).assign(operation=name))
        for b, source in zip(named, group["source"], strict=True):
            seen.append(
                pd.DataFrame(
                    {"operation": name, "source": source, "ccode": b.index, "row": b.index.isin(codes)}
                )
            )
    return pd.concat(out).reset_index(names="ccode"), pd.concat(seen, ignore_index=True)


def complete(lists: pd.DataFrame | None = None) -> pd.DataFrame:
    """Which outcomes an operation's lists can speak for.

    Returns
    -------
    DataFrame
        Index ``operation``; ``any`` (who took part at all), ``hundred`` (who sent 100 and more), ``troops`` (how
        many), each a bool. A list without numbers cannot speak for 100 and more: among those it names, that is
        unknown, and only those it does not name would remain.
    """
    lists = coalition_lists() if lists is None else lists
    counts, whole = lists["source"].isin(COUNTING), lists["complete_for"] == "any"
    large = lists["complete_for"] == "hundred"
    flags = lists.assign(
        whole=whole,
        of_all=whole & (lists["ever"] == "yes"),
        large=large,
        hundred=counts & (whole | large),
        troops=counts & whole,
    )
    by = flags.groupby("operation")[["whole", "of_all", "large", "hundred", "troops"]].any()
    # Dated lists are joined: beside one that is silent on small contingents, one day's list is not the whole.
    by["any"] = by["whole"] & (by["of_all"] | ~by["large"])
    return by[["any", "hundred", "troops"]]


def _over_all(named: Bounds, one: Any, codes: np.ndarray) -> Bounds:
    """Bounds for all states: those that the list does not name may have sent what it is silent on."""
    rest = pd.DataFrame({"least": NONE, "most": UNNAMED[one.complete_for], "troops": np.nan}, index=codes)
    silent = [int(code) for code in str(one.unknown).split(";")] if isinstance(one.unknown, str) else []
    rest.loc[rest.index.isin(silent), "most"] = LARGE
    rest.loc[rest["most"] == NONE, "troops"] = 0.0
    inside = named.index.intersection(pd.Index(codes))
    columns = ["least", "most", "troops"]
    rest.loc[inside, columns] = named.loc[inside, columns]
    return rest.assign(named=rest.index.isin(inside))


def _joined(bounds: list[Bounds], lists: list[Any], total: pd.Series | None) -> pd.DataFrame:
    """One pair of bounds a state: the most of what its lists require, the least of what they allow."""
    pairs = list(zip(bounds, lists, strict=True))
    least = pd.concat([one["least"] for one in bounds], axis=1).max(axis=1)
    troops = pd.concat([one["troops"].where(one["named"]) for one in bounds], axis=1).max(axis=1)
    dated = [b["most"] for b, one in pairs if one.ever == "no" and one.complete_for != "none"]
    limits = {f"the list of all ({one.source})": b["most"] for b, one in pairs if one.ever == "yes"}
    if dated:
        limits["the dated lists"] = pd.concat(dated, axis=1).max(axis=1)
    if total is not None:
        limits["the UN's monthly totals"] = total
    most, conflict = pd.Series(LARGE, index=least.index), pd.Series("", index=least.index)
    for name, limit in limits.items():
        against = least > limit
        conflict[against] += f"{name} allow less; "
        most = most.where(against | (most < limit), limit)
    contradicted = conflict != ""
    least, most = least.where(~contradicted, NONE), most.where(~contradicted, LARGE)
    troops = troops.where(~contradicted)
    names = {one.source: b["named"] for b, one in pairs}
    words = pd.DataFrame(names).apply(lambda row: ";".join(row.index[row]), axis=1)
    return pd.DataFrame(
        {
            "least": least.astype(int),
            "most": most.astype(int),
            "troops": troops.mask(most == NONE, 0.0),
            "named": words,
            "conflict": conflict.str.removesuffix("; "),
        }
    )


def _un_bound(folder: Path, row: pd.Series, codes: np.ndarray) -> pd.Series:
    """The most a state can have sent to a UN mission: its largest monthly total over all missions, to 2005.

    Troops, police and experts together; a state without an entry in a month sent nobody in it.
    """
    table = official(folder, "ipi.totals")
    last = LAST_YEAR if np.isnan(row["end_year"]) else min(row["end_year"], LAST_YEAR)
    table = table[table["year"].between(max(row["start_year"], 1991), last)]
    persons = table[["troops", "police", "experts"]].fillna(0.0).sum(axis=1)
    most = persons.groupby(table["ccode"].astype(int)).max().reindex(codes).fillna(0.0)
    return kind(most)


def _exact(troops: pd.Series) -> Bounds:
    """Bounds of states with a number each; NaN is named without one."""
    known = troops.notna()
    least = kind(troops.fillna(0)).where(known, TOKEN)
    return pd.DataFrame(
        {"least": least, "most": kind(troops.fillna(0)).where(known, LARGE), "troops": troops}
    )


def _named(codes: pd.Series, doubtful: pd.Series) -> Bounds:
    """Bounds of states that a list names without a number; a doubtful one may have sent nobody."""
    least = np.where(doubtful, NONE, TOKEN)
    return pd.DataFrame({"least": least, "most": LARGE, "troops": np.nan}, index=codes.astype(int))


def geopko_years(folder: Path) -> pd.DataFrame:
    """Contributors of Geo-PKO by mission and year: ``mission, year, ccode, largest, troops, unknown``.

    ``troops`` adds up the places of a year and may count a unit twice that moved; ``largest`` is the largest
    place alone; ``unknown`` says that the size at some place is not known.
    """
    rows = official(folder, "geopko.location")
    rows = rows[rows["ccode"].notna()].assign(unknown=lambda r: r["troops"].isna())
    by = rows.groupby(["mission", "year", rows["ccode"].astype(int)])
    out = by.agg(largest=("troops", "max"), troops=("troops", "sum"), unknown=("unknown", "any"))
    return out.fillna({"largest": 0.0}).reset_index()


def _geopko(folder: Path, one: Any) -> Bounds:
    years = geopko_years(folder)
    years = years[(years["mission"] == one.name) & years["year"].between(one.first_year, one.last_year)]
    by = years.groupby("ccode").agg(
        largest=("largest", "max"), troops=("troops", "max"), unknown=("unknown", "any")
    )
    least = kind(by["largest"]).clip(lower=TOKEN)
    most = kind(by["troops"]).clip(lower=TOKEN).where(~by["unknown"], LARGE)
    return pd.DataFrame({"least": least, "most": most, "troops": by["troops"].where(~by["unknown"])})


def _un_list(folder: Path, one: Any) -> Bounds:
    rows = official(folder, "un_participation.list")
    rows = rows[(rows["mission"] == one.name) & rows["ccode"].notna()]
    # One operation may name a state under two names.
    rows = rows.sort_values("doubtful").drop_duplicates("ccode")
    return _named(rows["ccode"], rows["doubtful"])


def _un_day(folder: Path, one: Any) -> Bounds:
    rows = official(folder, "un_participation.day")
    rows = rows[(rows["operation"] == one.name) & rows["ccode"].notna()]
    return _exact(rows.groupby(rows["ccode"].astype(int))["troops"].sum())


def _iiss(folder: Path, one: Any) -> Bounds:
    years = (int(one.first_year), int(one.last_year))
    spec = PanelSpec.model_validate({"source": "official", "operations": (one.name,), "years": years})
    operations = Facts()("operations").set_index("operation").loc[[one.name]]
    return _largest(iiss_lists(spec, folder, operations, Ledger()))


def _facts(_: Path, one: Any) -> Bounds:
    rows = Facts()("contributions")
    year = rows["snapshot_date"].str[:4].astype(int)
    rows = rows[(rows["operation"] == one.name) & year.between(one.first_year, one.last_year)]
    # Intended contributions are no troops; a 0 is printed where a list says who is not in it.
    return _largest(rows[(rows["measure"] != "authorised") & rows["ccode"].notna()])


def _participants(_: Path, one: Any) -> Bounds:
    rows = Facts()("coalition_participants")
    rows = rows[rows["operation"] == one.operation]
    return _named(rows["ccode"], rows["doubtful"].eq("yes").fillna(False).astype(bool))


def _largest(entries: pd.DataFrame) -> Bounds:
    """The largest number of several dates; where one is not known, at least the largest known one."""
    by = entries.groupby(entries["ccode"].astype(int))["troops"]
    known = _exact(by.max())
    unsure = by.apply(lambda troops: troops.isna().any())
    return known.assign(
        most=known["most"].mask(unsure, LARGE), troops=known["troops"].mask(unsure & (known["least"] < LARGE))
    )


SOURCES: dict[str, Callable[[Path, Any], Bounds]] = {
    "geopko": _geopko,
    "un_list": _un_list,
    "un_day": _un_day,
    "iiss": _iiss,
    "facts": _facts,
    "participants": _participants,
}
