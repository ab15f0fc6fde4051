"""Lake's (2009) components of hierarchy, of the year before: what a state leaves to the United States.

His two indexes have two components each, as Henke (2017) describes them: forces of the United States in the state and
alliances without the United States (security); the exchange-rate regime and relative dependence on trade (economy). The
rules below are declared here, his own files being not public; `coalition data coalitions --write` gives every column.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.readers.exchange_rate import CRAWLING, PEG
from data.tables.reading import official
from data.variables.coalition_ties import UNITED_STATES, alliances, forces, state_before, trade
from data.variables.participants import CAPABILITIES, lagged

DOLLAR = "USD"
#: The other permanent members of the Security Council: with whom a state may trade instead.
OTHER_POWERS = (200, 220, 365, 710)
#: Components are divided by their largest value over all states in this year.
SCALED_BY = 1995
HIERARCHY = {
    "us_personnel": "forces of the United States in the state, per thousand inhabitants",
    "alliance_reliance": "1 / (1 + formal alliances that the United States is no member of)",
    "dollar_regime": "currency tied to the dollar: 0 not, 1 by a crawling peg, 2 by a peg",
    "trade_dependence": "trade with the United States less that with the other permanent members, over GDP",
    "security_hierarchy": "mean of us_personnel and alliance_reliance, each over its largest value of 1995",
    "economic_hierarchy": "mean of dollar_regime and trade_dependence, each over its largest value of 1995",
}
COMPONENTS = {
    "security_hierarchy": ("us_personnel", "alliance_reliance"),
    "economic_hierarchy": ("dollar_regime", "trade_dependence"),
}


def with_hierarchy(folder: str | Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows (``ccode, year``: the year in which the operation began) with the columns `HIERARCHY` added.

    Raises
    ------
    InputError
        Where a source is missing or malformed.
    """
    folder = Path(folder)
    found = _components(folder, rows)
    largest = _components(folder, _all_states(folder)).max()
    for index, parts in COMPONENTS.items():
        found[index] = sum(found[part] / largest[part] for part in parts) / len(parts)
    return rows.assign(**{name: found[name].to_numpy() for name in HIERARCHY})


def _all_states(folder: Path) -> pd.DataFrame:
    """Every state of 1995 but the United States, as rows of operations that began a year later."""
    nmc = lagged(official(folder, *CAPABILITIES), "tpop")
    states = nmc[(nmc["year"] == SCALED_BY + 1) & (nmc["ccode"] != UNITED_STATES)]
    return states[["ccode", "year"]].reset_index(drop=True)


def _components(folder: Path, rows: pd.DataFrame) -> pd.DataFrame:
    keys = rows[["ccode", "year"]].reset_index(drop=True)
    keys = keys.assign(then=state_before(keys["ccode"], keys["year"]))
    for table in (
        lagged(official(folder, *CAPABILITIES), "tpop"),
        lagged(official(folder, "cow_wars.economy"), "log_gdp"),
    ):
        keys = keys.merge(table.rename(columns={"ccode": "then"}), on=["then", "year"], how="left")
    number = alliances(folder, keys)["independent_alliances"]
    others = [trade(folder, keys, pd.Series(code, keys.index)) for code in OTHER_POWERS]
    # A power does not trade with itself: its own code is no partner.
    others = [flow.where(keys["then"] != code, 0.0) for code, flow in zip(OTHER_POWERS, others, strict=True)]
    ours = trade(folder, keys, pd.Series(UNITED_STATES, keys.index))
    persons = 1000 * keys["tpop"].where(keys["tpop"] > 0)
    return pd.DataFrame(
        {
            "us_personnel": 1000 * forces(folder, keys) / persons,
            "alliance_reliance": 1 / (1 + number),
            "dollar_regime": _dollar_regime(folder, keys),
            "trade_dependence": (ours - sum(others)) / np.exp(keys["log_gdp"]),
        }
    )


def _dollar_regime(folder: Path, keys: pd.DataFrame) -> pd.Series:
    """How closely the currency of the year before was tied to the dollar; NaN where its regime is not known.

    Managed and free floats, freely falling currencies and dual markets are tied to nothing, whatever the file names as
    their reference; a basket of which the dollar is a part is not the dollar.
    """
    regimes = official(folder, "exchange_rate.regime")
    anchors = official(folder, "exchange_rate.anchor")
    tied = {PEG: 2.0, CRAWLING: 1.0}
    regime, anchor = (
        frame[frame["ccode"].notna()].astype({"ccode": int}).set_index(["ccode", "year"])[column]
        for frame, column in ((regimes, "regime"), (anchors, "anchor"))
    )
    then = pd.MultiIndex.from_arrays([keys["then"], keys["year"] - 1])
    known = pd.Series(regime.reindex(then).to_numpy(float), keys.index)
    dollar = pd.Series(anchor.reindex(then).to_numpy() == DOLLAR, keys.index)
    return known.map(tied).fillna(0.0).where(dollar, 0.0).where(known.notna())
