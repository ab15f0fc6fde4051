"""Counts of ties between a leader and other states, the inputs of embeddedness (Henke 2017).

Henke counts the bilateral and multilateral ties that let a leader find bargaining
channels. Here are those that the public files hold: joint memberships of international
governmental organisations, treaties in force, obligations under them, and commitments of
the Correlates of War formal alliances.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.readers.cow import with_partner
from data.tables.reading import official, place_of
from data.treaties.atop import in_force, members

UNITED_STATES = 2


def ties_table(folder: str | Path, years: tuple[int, int], *, leader: int = UNITED_STATES) -> pd.DataFrame:
    """Mean yearly number of ties of each state with the leader, logged.

    Parameters
    ----------
    folder : path
        The data folder.
    years : (int, int)
        First and last year, averaged over.
        All must lie within what each file covers: a file that ends early says nothing of later years, not none.
    leader : int
        State code; the public dyadic files at hand cover the United States (2) only.

    Returns
    -------
    DataFrame
        ``atopid`` (the state's code, so named for the measurement code), and log(1 + mean count) of
        ``joint_organisations``, ``treaties``, ``obligations`` (0-5 kinds) and ``commitments`` (0-4 kinds).
    """
    if leader != UNITED_STATES:
        raise InputError(
            f"leader {leader}", "leader 2: the dyadic files hold pairs with the United States only"
        )
    igo = _dyads(folder, "cow_igo.dyad", ["joint_igos"], years)
    obligations = ["atop_defense", "atop_offense", "atop_neutral", "atop_nonagg", "atop_consul"]
    atop_kinds = _dyads(folder, "cow_wars.obligations", obligations, years)
    commitments = ["cow_defense", "cow_neutral", "cow_nonagg", "cow_entente"]
    cow = _dyads(folder, "cow_wars.commitments", commitments, years)
    spells = members(folder, nonaggression_only=True)
    treaties = (
        in_force(spells, [leader], years).groupby(["ccode", "year"]).size().reset_index(name="treaties")
    )
    frame = igo.rename(columns={"joint_igos": "joint_organisations"})
    kinds = atop_kinds.assign(obligations=atop_kinds[obligations].sum(axis=1))
    cow = cow.assign(commitments=cow[commitments].sum(axis=1))
    for other, name in ((treaties, "treaties"), (kinds, "obligations"), (cow, "commitments")):
        one = other.groupby(["ccode", "year"], as_index=False)[name].max()
        frame = frame.merge(one, on=["ccode", "year"], how="left")
    counts = ["joint_organisations", "treaties", "obligations", "commitments"]
    # A pair that a file does not list has none of its ties in that year; the organisations' file sets the pairs.
    means = frame.fillna(0.0).groupby("ccode", as_index=False)[counts].mean()
    means[counts] = np.log1p(means[counts])
    return means.rename(columns={"ccode": "atopid"}).astype({"atopid": int})


def _dyads(folder: str | Path, table: str, values: list[str], years: tuple[int, int]) -> pd.DataFrame:
    raw, path = official(folder, table), place_of(folder, table)
    # Some files list a pair in both directions, some in one: what counts is the other state.
    both = with_partner(raw, UNITED_STATES)
    kept = both[both["year"].between(*years)]
    first, last = raw["year"].min(), raw["year"].max()
    if years[0] < first or years[1] > last:
        raise InputError(
            f"the years {years[0]}-{years[1]}",
            f"years within {first:.0f}-{last:.0f}, which the file covers",
            file=path,
            column="year",
        )
    if kept.empty:
        raise InputError(
            f"no pair with the United States in {years[0]}-{years[1]}",
            "some of those years",
            file=path,
            column="year",
        )
    return kept.groupby(["ccode", "year"], as_index=False)[values].max()
