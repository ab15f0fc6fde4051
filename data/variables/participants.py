"""Rows of a panel with the predictors of Henke (2017), as far as public sources carry them.

Dyadic with the United States where the study's are, lagged by one year, joined by Correlates of War code.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from data.facts.bundled import fact
from data.names.states import cow_codes
from data.tables.reading import official

CAPABILITIES = ("cow_nmc.capabilities", "7.0")
MAJORS = ("cow_states.majors", "2016 R")

DEMOCRATIC = 7  # polity2 from which a state counts as a democracy
LAND = 1  # contiguity by land or river
LARGE = 100  # persons: the study's threshold of a substantial contribution
SINCE_2004 = {341: 345, 347: 345}  # Montenegro and Kosovo are part of Yugoslavia in CEPII's file
#: NATO led ISAF, its successor, the Balkan forces and the training in Iraq.
NATO_OPERATIONS = ["ISAF", "Resolute Support", "KFOR", "SFOR", "IFOR", "NTM-I"]
ALLIANCE_KINDS = ("cow_defense", "cow_neutral", "cow_nonagg", "cow_entente")


def participants(panel: xr.Dataset, folder: str | Path) -> pd.DataFrame:
    """The panel's rows as potential participants.

    Parameters
    ----------
    panel : Dataset
        As ``data.panel.build_panel`` gives it.
    folder : path
        The data folder with the sources named above.

    Returns
    -------
    DataFrame
        ``ccode, state, operation, target`` (ccode of the theatre), ``year``; outcomes ``participated``,
        ``participated_100`` (0/1) and ``log_troops`` (``log(1 + troops)``); ``embeddedness`` (memberships
        shared in international organisations, year before, plus the panel's treaties in force), ``igo_ties``,
        ``treaty_ties``, ``us_alliances``, ``affinity`` (the panel's similarity, same year), ``contiguous``,
        ``same_region``, ``polity2``, ``joint_democracy``, ``cinc``, ``log_gdppc``, ``log_milex``,
        ``major_power``, ``in_rivalry``, ``common_language``, ``nato``, ``ad_hoc``, ``un`` (the operation
        is a mission of the United Nations), ``participated_before``.

    Raises
    ------
    InputError
        Where a source is missing or malformed.
    """
    rows = _rows(panel)
    folder = Path(folder)
    for table in (
        igo_ties(folder),
        lagged(official(folder, *CAPABILITIES), "cinc", "milex"),
        lagged(official(folder, "cow_wars.democracy"), "polity2"),
        lagged(official(folder, "cow_wars.economy"), "log_gdppc"),
    ):
        rows = rows.merge(table, on=["ccode", "year"], how="left")
    alliances = _alliances(folder)
    rows = rows.merge(alliances, on=["ccode", "year"], how="left")
    # Who is not listed has no alliance, in the years that the file covers.
    rows["us_alliances"] = rows["us_alliances"].fillna(0.0).where(rows["year"] <= alliances["year"].max())
    rows["embeddedness"] = rows["igo_ties"] + rows["treaty_ties"]
    rows["log_milex"] = np.log1p(rows["milex"].where(rows["milex"] >= 0))
    rows["joint_democracy"] = (rows["polity2"] >= DEMOCRATIC).astype(float).where(rows["polity2"].notna())
    rows["same_region"] = (region(rows["ccode"]) == region(rows["target"])).astype(float)
    rows["contiguous"] = contiguous(folder, rows)
    rows["common_language"] = language(folder, rows)
    rows["major_power"] = in_spell(official(folder, *MAJORS), rows, "ccode")
    rows["in_rivalry"] = in_spell(official(folder, "rivalries.strategic"), rows, "ccode1", "ccode2")
    return rows.drop(columns="milex")


def _rows(panel: xr.Dataset) -> pd.DataFrame:
    troops = panel["troops"].to_numpy()
    operations = fact("operations")
    theatre = operations.set_index("operation")["theatre"].str.split(";").str[0].astype(int)
    operation = pd.Series(panel["row_operation"].to_numpy())
    rows = pd.DataFrame(
        {
            "ccode": panel["row_ccode"].to_numpy(),
            "state": panel["row_state"].to_numpy(),
            "operation": operation,
            "target": operation.map(theatre),
            "year": panel["row_year"].to_numpy(),
            "participated": (troops > 0).astype(float),
            "participated_100": (troops >= LARGE).astype(float),
            "log_troops": np.log1p(troops),
            "treaty_ties": panel["in_force"].sum("treaty").to_numpy().astype(float),
            "affinity": panel["similarity"].to_numpy(),
        }
    )
    # Coalitions of the willing were led ad hoc.
    rows["nato"] = operation.isin(NATO_OPERATIONS).astype(float)
    rows["ad_hoc"] = operation.isin(["Iraq", "Gulf War", "Korean War", "Vietnam War"]).astype(float)
    titles = operations.set_index("operation")["title"]
    rows["un"] = operation.map(titles).str.contains("United Nations", na=False).astype(float)
    before = rows[["ccode", "operation", "year", "participated"]].assign(year=rows["year"] + 1)
    before = before.rename(columns={"participated": "participated_before"})
    return rows.merge(before, on=["ccode", "operation", "year"], how="left")


def lagged(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Columns of a table with ``ccode`` and ``year``, each value one year later.

    Codes are those of the state system in the year: the file of GDP keeps West Germany's for Germany and North
    Yemen's for Yemen, which would leave both without GDP in every model.
    """
    table = table[["ccode", "year", *columns]].assign(year=table["year"] + 1)
    own = cow_codes(table["ccode"], table["year"])
    # A code that had ended yields to the state's own row, where there is one (Serbia beside Yugoslavia).
    table = table.assign(ccode=own, _moved=own != table["ccode"]).sort_values("_moved", kind="stable")
    table = table.drop_duplicates(["ccode", "year"], keep="first").sort_index().drop(columns="_moved")
    return table[table["ccode"].notna()].astype({"ccode": int})


def igo_ties(folder: str | Path) -> pd.DataFrame:
    """Memberships in organisations shared with the United States, the year before: ``ccode, year, igo_ties``."""
    names = {"ccode2": "ccode", "joint_igos": "igo_ties"}
    return lagged(official(folder, "cow_igo.dyad").rename(columns=names), "igo_ties")


def _alliances(folder: Path) -> pd.DataFrame:
    table = official(folder, "cow_wars.commitments").rename(columns={"ccode2": "ccode"})
    table = lagged(table, *ALLIANCE_KINDS)
    ties = table[list(ALLIANCE_KINDS)].gt(0).any(axis=1).astype(float)
    return table[["ccode", "year"]].assign(us_alliances=ties)


def contiguous(folder: Path, rows: pd.DataFrame) -> pd.Series:
    """Whether `ccode` and `target` of a row ever shared a border on land, 0.0 or 1.0."""
    table = official(folder, "cow_contiguity.spells")
    pairs = table[table["contiguity"] == LAND]
    known = set()
    for one, two in (("ccode1", "ccode2"), ("ccode2", "ccode1")):
        known |= set(zip(pairs[one], pairs[two], strict=True))
    found = [pair in known for pair in zip(rows["ccode"], rows["target"], strict=True)]
    return pd.Series(found, index=rows.index).astype(float)


def language(folder: Path, rows: pd.DataFrame) -> pd.Series:
    """Whether `ccode` and `target` of a row share an official language, 0.0 or 1.0.

    NaN for South Sudan, younger than the file.
    """
    table = official(folder, "cepii.dyad", "2011").dropna(subset=["ccode_o", "ccode_d"])
    known = table.set_index(["ccode_o", "ccode_d"])["comlang_off"]
    known = known[~known.index.duplicated()]
    ends = (rows[end].replace(SINCE_2004) for end in ("target", "ccode"))
    return pd.Series(known.reindex(pd.MultiIndex.from_arrays(list(ends))).to_numpy(float), index=rows.index)


def inside(table: pd.DataFrame, ccode: pd.Series, year: pd.Series, *codes: str) -> pd.Series:
    """Whether a state was inside one of a table's spells in a year, 0.0 or 1.0; `codes` are the table's columns."""
    held: set[tuple[int, int]] = set()
    for spell in table.to_dict("records"):
        years = range(spell["start_year"], spell["end_year"] + 1)
        held |= {(spell[code], one) for code in codes for one in years}
    found = [pair in held for pair in zip(ccode, year, strict=True)]
    return pd.Series(found, index=ccode.index).astype(float)


def in_spell(table: pd.DataFrame, rows: pd.DataFrame, *codes: str) -> pd.Series:
    """`inside` in the year before; missing after the table's end."""
    before = rows["year"] - 1
    return inside(table, rows["ccode"], before, *codes).where(before <= table["end_year"].max())


def region(ccode: pd.Series) -> pd.Series:
    """Regions by Correlates of War codes, 0 to 4: Americas, Europe, Africa, Middle East, Asia and Pacific."""
    return pd.cut(ccode, [0, 199, 399, 599, 699, 999], labels=False)
