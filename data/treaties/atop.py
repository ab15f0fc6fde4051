"""ATOP's members: which treaty binds which states in which years."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.tables.reading import official, place_of
from data.treaties.provisions import CODER, Coding, atop, is_nonaggression_only

_OBLIGATIONS = ["defense", "offense", "neutral", "consul", "nonagg"]

# Treaties of many members are known by a name; the others are named after their members.
NAMES = {
    3075: "Rio Pact (1947)",
    3130: "Brussels Treaty (1948)",
    3150: "Charter of the Organization of American States (1948)",
    3180: "North Atlantic Treaty (1949)",
    3215: "ANZUS (1951)",
    3260: "Manila Pact (1954)",
    4175: "Treaty on European Union (1992)",
}

Unit = Literal["alliance", "phase"]


def members(
    folder: str | Path, version: str = "5.1", *, unit: Unit = "alliance", nonaggression_only: bool = False
) -> pd.DataFrame:
    """Spells of membership.

    Parameters
    ----------
    folder : path
        The data folder; holds ``atop_v5/atop5_1m.csv``.
    version : {"5.1", "4.01"}
        Release of ATOP.
    unit : {"alliance", "phase"}
        Whether ``treaty`` names the treaty (``"3180"``) or the phase where there are several (``"3180.2"``).
    nonaggression_only : bool
        Keep pacts whose only obligation, of any member in any phase, is nonaggression.

    Returns
    -------
    DataFrame
        ``treaty`` (text), ``ccode``, ``first`` and ``last`` year (float; `last` is infinite where the treaty
        was still in force at the end of the data). Entry is the year of signature, as ATOP dates it: NATO's
        enlargement of 2004 stands under 2003, that of 2009 under 2008.
    """
    raw = official(folder, "atop.member", version)
    columns = ["atopid", "member", "entry_year", "exit_year", "phase", *_OBLIGATIONS]
    raw = raw[columns].astype(float).rename(columns={"entry_year": "first", "member": "ccode"})
    raw["last"] = raw["exit_year"].fillna(np.inf)
    backwards = (raw["last"] < raw["first"]).to_numpy()
    if backwards.any():
        row = int(backwards.argmax())
        found = f"an exit in {raw['last'].iloc[row]:g} before the entry in {raw['first'].iloc[row]:g}"
        file, line = place_of(folder, "atop.member", version), int(raw.index[row])
        raise InputError(found, "entry before exit", file=file, row=line, column="yrexit")
    if not nonaggression_only:
        whole = raw.groupby("atopid")[_OBLIGATIONS].transform("max")
        raw = raw[~is_nonaggression_only(whole)]
    raw["treaty"] = treaty_ids(raw["atopid"], raw["phase"] if unit == "phase" else None)
    return raw[["treaty", "ccode", "first", "last"]].reset_index(drop=True)


def in_force(spells: pd.DataFrame, leaders: list[float] | set[float], years: tuple[int, int]) -> pd.DataFrame:
    """Dyad-years of leaders with every state that the same treaty binds in the same year.

    A treaty binds a state in every year in which it was in force for it on some day: the years of entry and
    exit count, as in ATOP's state-year file.

    Parameters
    ----------
    spells : DataFrame
        From `members`.
    leaders : list or set
        State codes of the leaders.
    years : (int, int)
        First and last year.

    Returns
    -------
    DataFrame
        ``leader, ccode, year, treaty``, each once.
    """
    grid = pd.DataFrame({"year": np.arange(years[0], years[1] + 1, dtype=float)})
    alive = spells[(spells["first"] <= years[1]) & (spells["last"] >= years[0])]
    yearly = alive.merge(grid, how="cross")
    yearly = yearly[yearly["year"].between(yearly["first"], yearly["last"])][["treaty", "ccode", "year"]]
    own = yearly[yearly["ccode"].isin(list(leaders))].rename(columns={"ccode": "leader"})
    dyads = own.merge(yearly, on=["treaty", "year"])
    dyads = dyads[dyads["leader"] != dyads["ccode"]].drop_duplicates()
    return dyads[["leader", "ccode", "year", "treaty"]].reset_index(drop=True)


def treaty_table(
    folder: str | Path,
    version: str = "5.1",
    *,
    coding: Coding = "binary",
    unit: Unit = "alliance",
    nonaggression_only: bool = False,
    states: pd.Series | None = None,
) -> pd.DataFrame:
    """Provisions of every treaty, with a name.

    Parameters
    ----------
    states : Series, optional
        Names by state code, for the names of treaties between few states.

    Returns
    -------
    DataFrame
        ``treaty`` (text, as in `members`), ``treaty_name``, ``coder`` and the nine provisions.
    """
    table = atop(folder, version, coding=coding, unit=unit, nonaggression_only=nonaggression_only)
    ids = pd.Series([f"{value:g}" for value in table["atopid"]], index=table.index)
    spells = members(folder, version, unit=unit, nonaggression_only=nonaggression_only)
    names = _names(spells, states if states is not None else pd.Series(dtype=str))
    table.insert(0, "treaty", ids)
    table.insert(1, "treaty_name", [names.get(key, f"ATOP {key}") for key in ids])
    table.insert(2, "coder", f"{CODER} {version}")
    return table.drop(columns="atopid")


def treaty_ids(atopid: pd.Series, phase: pd.Series | None = None) -> pd.Series:
    """Return ``"3180"``, or ``"3180.2"`` for a phase of a treaty with several (phase 0: there is one)."""
    ids = atopid.map("{:g}".format)
    if phase is None:
        return ids
    return ids.where(phase.fillna(0) == 0, ids + "." + phase.fillna(0).map("{:g}".format))


def _names(spells: pd.DataFrame, states: pd.Series) -> dict[str, str]:
    names: dict[str, str] = {}
    for treaty, group in spells.groupby("treaty"):
        known = NAMES.get(int(float(str(treaty))))
        parties = [states.get(code, f"{code:g}") for code in group["ccode"].unique()]
        if known is None:
            who = (
                " - ".join(parties)
                if len(parties) <= 3
                else f"{', '.join(parties[:2])} and {len(parties) - 2} more"
            )
            known = f"{who} ({group['first'].min():g})"
        names[str(treaty)] = known
    return names
