"""Readers of the official files, one module a family; each gives a tidy, checked table or one InputError.

Every table is indexed by ``line``, the line of the official file on which the row stands (in formats without
lines, the row number plus one), so that a number in a panel can be followed back to its source.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd

from data.readers.layout import problems, read

__all__ = ["READERS", "problems", "read", "reader"]

#: From a table of the registry to the function that reads its files, as ``module:function``.
READERS: dict[str, str] = {
    "atop.alliance": "atop:alliances",
    "atop.phase": "atop:phases",
    "atop.member": "atop:members",
    "atop.state_year": "atop:state_years",
    "benson_clinton.main": "benson_clinton:main",
    "benson_clinton.agreements": "benson_clinton:agreements",
    "un_ideal_points.jun2024": "un_voting:ideal_points",
    "un_ideal_points.jul2025": "un_voting:ideal_points",
    "un_ideal_points.release2018": "un_voting:ideal_points",
    "un_ideal_points.published": "un_voting:ideal_points",
    "un_votes.votes": "un_rollcall:votes",
    "un_votes.descriptions": "un_rollcall:descriptions",
    "cow_states.system": "cow:system",
    "cow_states.spells": "cow:spells",
    "cow_states.majors": "cow:majors",
    "cow_states.codes": "cow:country_codes",
    "cow_nmc.capabilities": "cow:capabilities",
    "cow_alliances.member": "cow:alliance_members",
    "cow_alliances.dyad": "cow:alliance_dyads",
    "cow_igo.dyad": "cow:igo_dyads",
    "cow_igo.state_year": "cow:igo_state_years",
    "cow_contiguity.spells": "cow:contiguity",
    "min_distance.dyad": "cow:min_distance",
    "capital_distance.dyad": "cow:capital_distance",
    "rivalries.thompson_dreyer": "cow:rivalries",
    "rivalries.strategic": "cow:strategic_rivalries",
    "disputes.disputes": "cow:disputes",
    "polity.state_year": "regime:polity",
    "bmr.state_year": "regime:bmr",
    "vdem.country_year": "regime:vdem",
    "pwt.country_year": "economy:pwt",
    "wdi.long": "economy:wdi",
    "wdi.wide": "economy:wdi",
    "wdi.databank": "economy:wdi",
    "cepii.dyad": "cepii:dyads",
    "cepii.city": "cepii:cities",
    "iiss.deployments": "iiss:deployments",
    "iiss.troops": "iiss:armed_forces",
    "placemats.dated": "placemats:dated",
    "placemats.undated": "placemats:undated",
    "casualties.annual": "casualties:annual",
    "casualties.monthly": "casualties:monthly",
    "ipi.contributions": "ipi:contributions",
    "ipi.totals": "ipi:totals",
    "ipi.missions": "ipi:missions",
    "cow_trade.dyad": "dyads:trade",
    "cow_diplomacy.dyad": "dyads:representation",
    "dyadic_disputes.participant": "dyads:dispute_participants",
    "aid.commitment": "dyads:aid",
    "exchange_rate.regime": "exchange_rate:regimes",
    "exchange_rate.anchor": "exchange_rate:anchors",
    "troopdata.host": "dyads:us_forces",
    "geopko.location": "un_participation:geopko",
    "un_participation.list": "un_participation:listed",
    "un_participation.day": "un_participation:on_a_day",
}


def reader(table: str) -> Callable[[Path | str], pd.DataFrame]:
    """The function that reads the files of a table; a DataBank export is read for its GDP."""
    module, _, function = READERS[table].partition(":")
    found = getattr(import_module(f"data.readers.{module}"), function)
    return (lambda path: found(path, "gdp")) if table == "wdi.databank" else found
