"""Correlates of War: states, capabilities, alliances, organisations, contiguity and distance."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.readers.layout import read


def system(path: Path | str) -> pd.DataFrame:
    """State system membership: ``ccode``, ``year``, ``stateabb``; one row a state and year."""
    return read(path, "cow_states.system")


def spells(path: Path | str) -> pd.DataFrame:
    """Spells of membership: ``ccode``, ``state_name``, ``stateabb``, start and end year, month and day."""
    return read(path, "cow_states.spells")


def majors(path: Path | str) -> pd.DataFrame:
    """Spells as a major power: ``ccode``, ``start_year``, ``end_year``."""
    return read(path, "cow_states.majors")


def country_codes(path: Path | str) -> pd.DataFrame:
    """Letter codes, numbers and names; the official list repeats lines, which are flagged in ``problem``."""
    return read(path, "cow_states.codes")


def capabilities(path: Path | str) -> pd.DataFrame:
    """National Material Capabilities, any version: ``ccode``, ``year`` and the components with ``cinc``.

    Units: ``milex`` thousand current dollars, ``milper``, ``tpop`` and ``upop`` thousand persons.
    """
    return read(path, "cow_nmc.capabilities")


def alliance_members(path: Path | str) -> pd.DataFrame:
    """Formal alliances by member and spell; ``end_year`` is missing while in force in 2012."""
    return read(path, "cow_alliances.member")


def alliance_dyads(path: Path | str) -> pd.DataFrame:
    """Formal alliances by pair of members and spell; repeated keys of the official file are flagged."""
    return read(path, "cow_alliances.dyad")


def igo_dyads(path: Path | str) -> pd.DataFrame:
    """Joint memberships in organisations by undirected dyad and year: ``joint_igos``."""
    return read(path, "cow_igo.dyad")


def igo_state_years(path: Path | str) -> pd.DataFrame:
    """Memberships in organisations by state and year: ``igos_full``, ``igos_any``."""
    return read(path, "cow_igo.state_year")


def contiguity(path: Path | str) -> pd.DataFrame:
    """Spells of contiguity: ``ccode1``, ``ccode2``, ``contiguity`` (1-5), ``start``, ``end`` (dates)."""
    return read(path, "cow_contiguity.spells")


def min_distance(path: Path | str) -> pd.DataFrame:
    """Shortest distance between the borders of a dyad by year: ``min_distance`` in km."""
    return read(path, "min_distance.dyad")


def capital_distance(path: Path | str) -> pd.DataFrame:
    """Distance between capitals as the published model used it: ``capital_distance`` in miles."""
    return read(path, "capital_distance.dyad")


def rivalries(path: Path | str) -> pd.DataFrame:
    """Rivalries of Thompson and Dreyer: number, name, ``ccode1``, ``ccode2``, first and last year."""
    return read(path, "rivalries.thompson_dreyer")


def strategic_rivalries(path: Path | str) -> pd.DataFrame:
    """Strategic rivalries of Thompson, Sakuwa and Suhas: number, name, dyad, first and last year."""
    return read(path, "rivalries.strategic")


def disputes(path: Path | str) -> pd.DataFrame:
    """Militarised interstate disputes: start, outcome, fatality level, hostility; no participants."""
    return read(path, "disputes.disputes")


def with_partner(dyads: pd.DataFrame, partner: int) -> pd.DataFrame:
    """The rows of an undirected dyad table that have ``partner``, with the other state as ``ccode``."""
    first, second = dyads["ccode1"] == partner, dyads["ccode2"] == partner
    rows = dyads[first ^ second].copy()
    rows["ccode"] = rows["ccode2"].where(rows["ccode1"] == partner, rows["ccode1"])
    return rows.drop(columns=["ccode1", "ccode2"])
