"""Rows of a panel with the predictors of Henke (2017), as far as public sources carry them.

Dyadic with the United States where the study's are, lagged by one year, joined by Correlates of War code.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from data.isaf_sources import BUNDLED
from data.names import cow_codes
from data.readers.cepii import dyads
from data.tables import find_file, read_table

IGO = "peacesciencer_csv/cow_igo_ndy__us_dyads.csv"
ALLIANCES = "peacesciencer_csv/cow_alliance__us_dyads.csv"
DEMOCRACY = "peacesciencer_csv/ccode_democracy.csv"
CAPABILITIES = "peacesciencer_csv/cow_nmc.csv"
ECONOMY = "peacesciencer_csv/cow_sdp_gdp.csv"
CONTIGUITY = "peacesciencer_csv/cow_contdir.csv"
MAJORS = "peacesciencer_csv/cow_majors.csv"
RIVALRIES = "peacesciencer_csv/tss_rivalries.csv"
LANGUAGE = "cepii/dist_cepii.zip"

DEMOCRATIC = 7  # polity2 from which a state counts as a democracy
LAND = 1  # contiguity by land or river
LARGE = 100  # persons: the study's threshold of a substantial contribution
SINCE_2004 = {341: 345, 347: 345}  # Montenegro and Kosovo are part of Yugoslavia in CEPII's file
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
    igo = lagged(folder, IGO, "ccode2", {"dyadigos": "igo_ties"})
    nmc = lagged(folder, CAPABILITIES, "ccode", {"cinc": "cinc", "milex": "milex"})
    democracy = lagged(folder, DEMOCRACY, "ccode", {"polity2": "polity2"})
    economy = lagged(folder, ECONOMY, "ccode", {"wbgdppc2011est": "log_gdppc"})
    for table in (igo, nmc, democracy, economy):
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
    rows["major_power"] = spell(folder, MAJORS, rows, "styear", "endyear", ("ccode",))
    rows["in_rivalry"] = spell(folder, RIVALRIES, rows, "start", "end", ("ccode1", "ccode2"))
    return rows.drop(columns="milex")


def _rows(panel: xr.Dataset) -> pd.DataFrame:
    troops = panel["troops"].to_numpy()
    operations = read_table(BUNDLED / "operations.csv", ("operation", "theatre", "title"))
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
    # NATO led ISAF, its successor, the Balkan forces and the training in Iraq; coalitions of the willing were led ad hoc.
    rows["nato"] = operation.isin(["ISAF", "Resolute Support", "KFOR", "SFOR", "IFOR", "NTM-I"]).astype(float)
    rows["ad_hoc"] = operation.isin(["Iraq", "Gulf War", "Korean War", "Vietnam War"]).astype(float)
    titles = operations.set_index("operation")["title"]
    rows["un"] = operation.map(titles).str.contains("United Nations", na=False).astype(float)
    before = rows[["ccode", "operation", "year", "participated"]].assign(year=rows["year"] + 1)
    before = before.rename(columns={"participated": "participated_before"})
    return rows.merge(before, on=["ccode", "operation", "year"], how="left")


def lagged(folder: Path, name: str, code: str, columns: dict[str, str]) -> pd.DataFrame:
    """Columns of a table under new names with ``ccode`` and ``year``, each value one year later.

    Codes are those of the state system in the year: the file of GDP keeps West Germany's for Germany and North
    Yemen's for Yemen, which would leave both without GDP in every model.
    """
    needed = (code, "year", *columns)
    table = read_table(find_file(folder, name), needed, numeric=needed)
    table = table.rename(columns={code: "ccode", **columns}).dropna(subset=["ccode", "year"])
    table = table.assign(ccode=table["ccode"].astype(int), year=table["year"].astype(int) + 1)
    own = cow_codes(table["ccode"], table["year"])
    # A code that had ended yields to the state's own row, where there is one (Serbia beside Yugoslavia).
    table = table.assign(ccode=own, _moved=own != table["ccode"]).sort_values("_moved", kind="stable")
    table = table.drop_duplicates(["ccode", "year"], keep="first").sort_index().drop(columns="_moved")
    return table[table["ccode"].notna()].astype({"ccode": int})


def _alliances(folder: Path) -> pd.DataFrame:
    table = lagged(folder, ALLIANCES, "ccode2", {name: name for name in ALLIANCE_KINDS})
    ties = table[list(ALLIANCE_KINDS)].gt(0).any(axis=1).astype(float)
    return table[["ccode", "year"]].assign(us_alliances=ties)


def contiguous(folder: Path, rows: pd.DataFrame) -> pd.Series:
    """Whether state and target ever shared a border on land."""
    table = read_table(find_file(folder, CONTIGUITY), ("ccode1", "ccode2", "conttype", "stdate", "enddate"))
    pairs = table[pd.to_numeric(table["conttype"]) == LAND]
    known = set()
    for one, two in (("ccode1", "ccode2"), ("ccode2", "ccode1")):
        known |= set(zip(pairs[one].astype(float), pairs[two].astype(float), strict=True))
    found = [pair in known for pair in zip(rows["ccode"], rows["target"], strict=True)]
    return pd.Series(found, index=rows.index).astype(float)


def language(folder: Path, rows: pd.DataFrame) -> pd.Series:
    """Whether state and theatre share an official language; missing for South Sudan, younger than the file."""
    table = dyads(find_file(folder, LANGUAGE)).dropna(subset=["ccode_o", "ccode_d"])
    known = table.set_index(["ccode_o", "ccode_d"])["comlang_off"]
    known = known[~known.index.duplicated()]
    ends = (rows[end].replace(SINCE_2004) for end in ("target", "ccode"))
    return pd.Series(known.reindex(pd.MultiIndex.from_arrays(list(ends))).to_numpy(float), index=rows.index)


def spell(
    folder: Path, name: str, rows: pd.DataFrame, start: str, end: str, codes: tuple[str, ...]
) -> pd.Series:
    """Whether a state was inside one of a table's spells in the year before; missing after the table's end."""
    table = read_table(find_file(folder, name), (*codes, start, end), numeric=(*codes, start, end))
    inside: set[tuple[int, int]] = set()
    years = range(int(rows["year"].min()) - 1, int(rows["year"].max()) + 1)
    for spell in table.dropna(subset=[start]).to_dict("records"):
        last = spell[end] if spell[end] == spell[end] else 9999
        for year in years:
            if spell[start] <= year <= last:
                inside |= {(int(spell[code]), year) for code in codes}
    found = [(c, y - 1) in inside for c, y in zip(rows["ccode"], rows["year"], strict=True)]
    return pd.Series(found, index=rows.index).astype(float).where(rows["year"] - 1 <= table[end].max())


def region(ccode: pd.Series) -> pd.Series:
    """Regions by Correlates of War codes: Americas, Europe, Africa, Middle East, Asia and Pacific."""
    return pd.cut(ccode, [0, 199, 399, 599, 699, 999], labels=False)
