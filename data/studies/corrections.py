"""Five named corrections of Gannon & Kent's merged file, each switched on by itself or with others.

Every correction takes the merged file (``data.studies.gannon_kent.read_merged``) and the data folder, and returns a
new table in which one fault is put right from the source that the file was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.studies.isaf_sources import casualties, deployments, placemats, states, world_bank

# depth = log(raw + 2.141) in the file, so that its lowest raw score (-1.141, the treaty of 2012 with
# Afghanistan) becomes 0. The mirrored score -raw is lowest for a treaty without any depth provision
# (raw 0.494, the Philippines); the same recipe makes that one 0 and keeps the range of the scale.
PUBLISHED_SHIFT = 2.141
NO_PROVISION_RAW = 0.494


@dataclass(frozen=True)
class Correction:
    """One fault of the merged file and how it is put right.

    Attributes
    ----------
    name : str
        Its name on the command line.
    holds, source, done : str
        What the file holds, what the source says, what is done.
    columns : tuple of str
        The columns that may change.
    apply : callable
        ``apply(frame, folder) -> frame``; the input is not altered.
    reason : str, optional
        A column of the corrected table that says why a row changed.
    """

    name: str
    holds: str
    source: str
    done: str
    columns: tuple[str, ...]
    apply: Callable[[pd.DataFrame, str | Path], pd.DataFrame]
    reason: str | None = None

    def changed(self, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
        """State-years in which one of ``columns`` differs.

        Returns
        -------
        DataFrame
            Columns ``correction, ccode, country, year, column, before, after, reason``, one row per cell.
        """
        found = changes(before, after, self.columns).assign(correction=self.name, reason=self.name)
        if self.reason in after.columns:
            why = after.set_index(["ccode", "year"])[self.reason]
            found["reason"] = why.reindex(pd.MultiIndex.from_frame(found[["ccode", "year"]])).to_numpy()
        return found[["correction", "ccode", "country", "year", "column", "before", "after", "reason"]]


def oriented_depth(published: pd.Series) -> pd.Series:
    """The published depth turned the right way round, on the same range.

    Parameters
    ----------
    published : Series
        ``log(raw + 2.141)`` for treaty partners.

    Returns
    -------
    Series
        ``log(1 + 0.494 - raw)``: 0 for a treaty without any depth provision, 0.97 for the deepest.
    """
    raw = np.exp(published) - PUBLISHED_SHIFT
    return np.log((1 + NO_PROVISION_RAW - raw).clip(lower=1.0))


def apply_corrections(frame: pd.DataFrame, folder: str | Path, names: Iterable[str]) -> pd.DataFrame:
    """Apply corrections by name, in the fixed order of ``CORRECTIONS``.

    Parameters
    ----------
    frame : DataFrame
        The merged file.
    folder : path
        The data folder.
    names : iterable of str
        Any of ``CORRECTIONS``, or ``all``.

    Raises
    ------
    InputError
        An unknown name, or a fault of a source.
    """
    for name in ordered(names):
        frame = CORRECTIONS[name].apply(frame, folder)
    return frame


def changed_state_years(frame: pd.DataFrame, folder: str | Path, names: Iterable[str]) -> pd.DataFrame:
    """What each correction, alone, changes in the merged file.

    Returns
    -------
    DataFrame
        Columns ``correction, ccode, country, year, column, before, after, reason``, one row per cell.
    """
    chosen = [CORRECTIONS[name] for name in ordered(names)]
    return pd.concat([c.changed(frame, c.apply(frame, folder)) for c in chosen], ignore_index=True)


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Names in the order of application, ``all`` spelt out.

    Raises
    ------
    InputError
        Naming an unknown correction.
    """
    asked = list(names)
    for name in asked:
        if name != "all" and name not in CORRECTIONS:
            raise InputError(f"correction {name!r}", f"all or one of {', '.join(CORRECTIONS)}")
    return tuple(name for name in CORRECTIONS if "all" in asked or name in asked)


def changes(before: pd.DataFrame, after: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Cells that differ, missing counted as a value.

    Returns
    -------
    DataFrame
        Columns ``ccode, country, year, column, before, after``, one row per cell.
    """
    out = []
    for column in columns:
        old, new = before[column], after[column]
        differs = ~((old == new) | (old.isna() & new.isna()))
        keys = before.loc[differs, ["ccode", "country", "year"]]
        out.append(keys.assign(column=column, before=old[differs], after=new[differs]))
    return pd.concat(out, ignore_index=True).sort_values(["ccode", "year", "column"], ignore_index=True)


def _thousands_separators(frame: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Rebuild the outcome: IISS counts read in full; placemats only where IISS counts nobody."""
    keys = pd.MultiIndex.from_frame(frame[["ccode", "year"]])
    iiss = deployments(folder).set_index(["ccode", "year"])
    lost = iiss.loc[iiss["separator"], "troops"].reindex(keys).to_numpy()
    total = np.where(np.isnan(lost), frame["troops_afghan_total"], lost)
    listed = placemats(folder).set_index(["ccode", "year"])["troops"].reindex(keys).to_numpy()
    gap = (total == 0) & (listed > 0)
    final = np.where(gap, listed, total)
    why = np.select(
        [~np.isnan(lost), gap, final != frame["troops_afghan_final"]],
        ["count with a separator", "no IISS count: placemats", "IISS count instead of a placemat"],
        "",
    )
    return _with_outcome(frame, final).assign(troops_afghan_total=total, troops_reason=why)


def _depth_orientation(frame: pd.DataFrame, _: str | Path) -> pd.DataFrame:
    """Turn depth round for treaty partners and form potential from it; both depths stay by name."""
    partner = frame["atopid"].notna() & frame["depth"].notna()
    depth = frame["depth"].where(~partner, oriented_depth(frame["depth"]))
    # The leader has no potential with itself: rows without a published potential stay without one.
    formed = partner & frame["pot_gain"].notna()
    potential = frame["pot_gain"].where(~formed, (1 - frame["ideal_dist"]) - depth)
    return frame.assign(depth_published=frame["depth"], depth_oriented=depth, depth=depth, pot_gain=potential)


def _gdp_join(frame: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Take GDP by ISO code where a state's letters differ between the two code lists."""
    iso = frame["ccode"].map(states().set_index("ccode")["iso3"])
    letters_differ = (iso != frame["stateabb"]) & iso.notna()
    bank = world_bank(folder).set_index(["ccode", "year"])
    keys = pd.MultiIndex.from_frame(frame[["ccode", "year"]])
    out = frame.copy()
    for name in ("gdp", "gdppc"):
        out[name] = frame[name].where(~letters_differ, bank[name].reindex(keys).to_numpy())
    return out


def _year_2014(frame: pd.DataFrame, _: str | Path) -> pd.DataFrame:
    """No edition describes 2014: the outcome of that year is missing."""
    final = frame["troops_afghan_final"].astype(float).where(frame["year"] != 2014)
    return _with_outcome(frame, final)


def _casualties_lag(frame: pd.DataFrame, folder: str | Path) -> pd.DataFrame:
    """Casualties of the year before; none before the war began in 2001."""
    before = casualties(folder)
    before = before.assign(year=before["year"] + 1).set_index(["ccode", "year"])["casualties"]
    keys = pd.MultiIndex.from_frame(frame[["ccode", "year"]])
    lagged = pd.Series(before.reindex(keys).to_numpy(), index=frame.index).fillna(0.0)
    return frame.assign(casualties=lagged.where(frame["casualties"].notna()))


def _with_outcome(frame: pd.DataFrame, troops: pd.Series | np.ndarray) -> pd.DataFrame:
    troops = pd.Series(np.asarray(troops, float), index=frame.index)
    same = troops == frame["troops_afghan_final"]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = troops / frame["troops_total"]
    # Rows that keep their troops keep the published share to the last bit.
    share = frame["troops_afghan_final_ratio"].where(same, share)
    return frame.assign(troops_afghan_final=troops, troops_afghan_final_ratio=share)


_OUTCOME = ("troops_afghan_final", "troops_afghan_final_ratio")
CORRECTIONS: dict[str, Correction] = {
    correction.name: correction
    for correction in (
        Correction(
            "thousands_separators",
            "troops of 0 where a count has a thousands separator, in part replaced from placemats",
            "IISS prints these counts, for example 9,500 for the United Kingdom in 2010",
            "IISS counts read in full; the median placemat of the year where IISS counts nobody",
            _OUTCOME,
            _thousands_separators,
            "troops_reason",
        ),
        Correction(
            "depth_orientation",
            "treaties without depth provisions score highest, NATO and Japan lowest",
            "Benson and Clinton's score rises with the provisions; the file's raw score is its mirror image",
            "raw score mirrored, same logarithm, 0 for a treaty without provisions; potential formed anew",
            ("depth", "pot_gain"),
            _depth_orientation,
        ),
        Correction(
            "gdp_join",
            "GDP of the economy whose ISO code equals the state's Correlates of War letters, or none",
            "World Development Indicators by ISO code",
            "GDP and GDP per head by ISO code for the states whose letters differ between the lists",
            ("gdp", "gdppc"),
            _gdp_join,
        ),
        Correction(
            "year_2014",
            "troops of 0 in 2014 for all but twelve states",
            "no IISS edition describes 2014",
            "the outcome of 2014 is missing",
            _OUTCOME,
            _year_2014,
        ),
        Correction(
            "casualties_lag",
            "casualties of the same year",
            "the text speaks of lagged casualties; deaths by year are in the casualty list",
            "casualties of the year before, read from the list",
            ("casualties",),
            _casualties_lag,
        ),
    )
}
