"""Ties with the United States and with a target state, and what else Henke (2017) controls for, a year before.

Flows are divided by the participant's GDP and logged as ``log(1 + dollars per million dollars of GDP)``, so that no
flow is 0. Trade comes in whole millions: below half a million it is a 0 too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.readers.cow import with_partner
from data.tables.reading import official
from data.variables.participants import (
    CAPABILITIES,
    DEMOCRATIC,
    MAJORS,
    contiguous,
    igo_ties,
    in_spell,
    inside,
    lagged,
    language,
    region,
)

UNITED_STATES = 2
SPAN = 5.0
WAVES = (1985, 1990, 1995, 2000)
LAST_ALLIANCE_YEAR = 2012
#: Members of the OECD's committee of donors in 1990-2005 that the file of aid lacks: what they gave is unknown.
UNRECORDED_DONORS = (225, 375, 740, 900, 920)
#: A state of 1990 and later, and whose records stand for it before: united Germany and Yemen.
BEFORE_1990 = {255: 260, 679: 678}
PREDICTORS = {
    "igo_ties": "organisations that state and United States are both full members of",
    "us_alliances": "formal alliances in force between the two on some day of the year",
    "us_alliance_any": "whether there is any",
    "us_representation": "embassies or other missions between the two, 0-2, latest wave",
    "embeddedness": "joint memberships, alliances and missions added up",
    "affinity": "1 - distance of ideal points in the United Nations / 5",
    "contiguous": "state and target share a border on land",
    "same_region": "state and target lie in one of five regions of Correlates of War codes",
    "target_representation": "the state has a mission of any kind in the target, latest wave",
    "target_trade": "log(1 + trade with the target in dollars per million of GDP)",
    "target_aid": "log(1 + aid to the target in dollars per million of GDP)",
    "target_trade_or_none": "target_trade, 0 where a flow is not known",
    "target_aid_or_none": "target_aid, 0 where the donor is not recorded",
    "polity2": "Polity score",
    "us_aid": "log(1 + aid from the United States in dollars per million of GDP)",
    "us_trade": "log(1 + trade with the United States in dollars per million of GDP)",
    "in_dispute": "in a militarised interstate dispute on some day of the year",
    "common_language": "state and target share an official language",
    "cinc": "composite index of national capability",
    "log_gdppc": "log of GDP per head",
    "us_forces": "log(1 + forces of the United States in the state)",
    "independent_alliances": "formal alliances that the United States is no member of",
    "major_power": "a major power of Correlates of War",
    "log_milex": "log(1 + military expenditure in thousand dollars)",
    "joint_democracy": "polity2 of 7 or more",
    "in_rivalry": "in a strategic rivalry",
}
"""Every predictor, as it is the year before an operation began (static ones as they are)."""


def with_ties(folder: str | Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the columns `PREDICTORS`, ``gdp`` (constant dollars) and ``milper`` (thousand persons) added.

    Parameters
    ----------
    folder : path
        The data folder.
    rows : DataFrame
        ``operation, ccode, target, year``: the year in which the operation began.

    Raises
    ------
    InputError
        Where a source is missing or malformed.
    """
    folder = Path(folder)
    out = rows.assign(then=state_before(rows["ccode"], rows["year"]))
    for table in (
        igo_ties(folder),
        lagged(official(folder, *CAPABILITIES), "cinc", "milex", "milper"),
        lagged(official(folder, "cow_wars.democracy"), "polity2"),
        lagged(official(folder, "cow_wars.economy"), "log_gdppc", "log_gdp"),
        _affinity(folder),
    ):
        out = out.merge(table.rename(columns={"ccode": "then"}), on=["then", "year"], how="left")
    out["milper"] = out["milper"].where(out["milper"] >= 0)
    out["log_milex"] = np.log1p(out["milex"].where(out["milex"] >= 0))
    out["gdp"] = np.exp(out.pop("log_gdp"))
    out["joint_democracy"] = (out["polity2"] >= DEMOCRATIC).astype(float).where(out["polity2"].notna())
    out = alliances(folder, out)
    out["us_representation"] = _missions(folder, out, to_us=True)
    out["target_representation"] = _missions(folder, out, to_us=False)
    out["embeddedness"] = out["igo_ties"] + out["us_alliances"] + out["us_representation"]
    out["us_trade"] = _per_gdp(trade(folder, out, pd.Series(UNITED_STATES, out.index)), out["gdp"])
    out["target_trade"] = _per_gdp(trade(folder, out, out["target"]), out["gdp"])
    out["us_aid"] = _per_gdp(_aid(folder, pd.Series(UNITED_STATES, out.index), out["then"], out), out["gdp"])
    given = _aid(folder, out["then"], out["target"], out).mask(out["ccode"].isin(UNRECORDED_DONORS))
    out["target_aid"] = _per_gdp(given, out["gdp"])
    for name in ("target_trade", "target_aid"):
        out[f"{name}_or_none"] = out[name].fillna(0.0)
    disputes = official(folder, "dyadic_disputes.participant")
    out["in_dispute"] = inside(disputes, out["then"], out["year"] - 1, "ccode")
    out["us_forces"] = np.log1p(forces(folder, out))
    out["contiguous"] = contiguous(folder, out)
    out["common_language"] = language(folder, out)
    out["same_region"] = (region(out["ccode"]) == region(out["target"])).astype(float)
    out["major_power"] = in_spell(official(folder, *MAJORS), out, "ccode")
    out["in_rivalry"] = in_spell(official(folder, "rivalries.strategic"), out, "ccode1", "ccode2")
    return out.drop(columns=["then", "milex"])


def state_before(ccode: pd.Series, year: pd.Series) -> pd.Series:
    """The Correlates of War code, line by line, under which the year before is recorded."""
    return ccode.where(year > 1990, ccode.replace(BEFORE_1990)).astype(int)


def _pairs(*columns: pd.Series) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([column.to_numpy() for column in columns])


def _per_gdp(dollars: pd.Series, gdp: pd.Series) -> pd.Series:
    return np.log1p(1e6 * dollars / gdp)


def _affinity(folder: Path) -> pd.DataFrame:
    points = official(folder, "un_ideal_points.jun2024")
    us = points[points["ccode"] == UNITED_STATES].set_index("year")["ideal_point"]
    distance = (points["ideal_point"] - points["year"].map(us)).abs()
    out = points[["ccode", "year"]].assign(affinity=1 - distance / SPAN)
    return out.assign(year=out["year"] + 1)


def alliances(folder: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Numbers of formal alliances with the United States and without it, of the year before."""
    members = official(folder, "cow_alliances.member")
    dyads = official(folder, "cow_alliances.dyad")
    with_us = with_partner(dyads, UNITED_STATES).astype({"ccode": int})
    ours = set(members.loc[members["ccode"] == UNITED_STATES, "alliance"])
    counts = {}
    for name, table in (
        ("us_alliances", with_us),
        ("independent_alliances", members[~members["alliance"].isin(ours)]),
    ):
        spells = table[["ccode", "alliance", "start_year", "end_year"]].fillna(
            {"end_year": LAST_ALLIANCE_YEAR}
        )
        held = rows[["then", "year"]].drop_duplicates().merge(spells, left_on="then", right_on="ccode")
        held = held[(held["year"] - 1).between(held["start_year"], held["end_year"])]
        number = held.drop_duplicates(["then", "year", "alliance"]).groupby(["then", "year"]).size()
        counts[name] = number.reindex(_pairs(rows["then"], rows["year"])).fillna(0.0).to_numpy()
    return rows.assign(**counts, us_alliance_any=(counts["us_alliances"] > 0).astype(float))


def _missions(folder: Path, rows: pd.DataFrame, *, to_us: bool) -> pd.Series:
    """Missions in the latest wave before: between state and United States (0-2), or of the state in the target (0/1).

    A pair that the file does not list has none; a state that was not in the system in the wave has no record.
    """
    table = official(folder, "cow_diplomacy.dyad")
    # at_1 is hosted by state 1: seen from either side, what the state sends is what the other one hosts.
    one = table.rename(columns={"ccode1": "host", "ccode2": "guest", "at_1": "level"})
    two = table.rename(columns={"ccode2": "host", "ccode1": "guest", "at_2": "level"})
    both = pd.concat([part[["host", "guest", "year", "level"]] for part in (one, two)])
    sent = both.set_index(["host", "guest", "year"])["level"].gt(0).astype(float)
    before = rows["year"] - 1
    wave = pd.Series(np.array(WAVES)[np.searchsorted(WAVES, before, side="right") - 1], rows.index)
    # Recorded in a wave is who has a mission anywhere; a younger state is not.
    recorded = set(zip(both["guest"], both["year"], strict=True))
    state = rows["ccode"].where(wave >= 1990, rows["then"])
    known = pd.Series([pair in recorded for pair in zip(state, wave, strict=True)], rows.index)
    us = pd.Series(UNITED_STATES, rows.index)
    keys = [(us, state), (state, us)] if to_us else [(rows["target"], state)]
    total = sum(sent.reindex(_pairs(host, guest, wave)).fillna(0.0).to_numpy() for host, guest in keys)
    return pd.Series(total, rows.index).where(known)


def trade(folder: Path, rows: pd.DataFrame, partner: pd.Series) -> pd.Series:
    """Imports and exports with `partner` the year before, current dollars a row; NaN where a flow is not known."""
    table = official(folder, "cow_trade.dyad")
    table = table[table["year"].between(rows["year"].min() - 1, rows["year"].max() - 1)]
    flows = table.set_index(["ccode1", "ccode2", "year"])[["flow1", "flow2"]].sum(axis=1, min_count=2)
    low, high = np.minimum(rows["then"], partner), np.maximum(rows["then"], partner)
    found = flows.reindex(_pairs(low, high, rows["year"] - 1)).to_numpy()
    return pd.Series(1e6 * found, rows.index)


def _aid(folder: Path, donor: pd.Series, recipient: pd.Series, rows: pd.DataFrame) -> pd.Series:
    table = official(folder, "aid.commitment")
    given = table.set_index(["donor", "recipient", "year"])["commitment"]
    return pd.Series(
        given.reindex(_pairs(donor, recipient, rows["year"] - 1)).fillna(0.0).to_numpy(), rows.index
    )


def forces(folder: Path, rows: pd.DataFrame) -> pd.Series:
    """Active forces of the United States in the state in the year before, persons."""
    table = official(folder, "troopdata.host")
    table = table[table["ccode"].notna() & (table["problem"] == "")]
    troops = table.set_index([table["ccode"].astype(int), "year"])["us_troops"]
    return pd.Series(troops.reindex(_pairs(rows["then"], rows["year"] - 1)).to_numpy(float), rows.index)
