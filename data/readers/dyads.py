"""Ties between states and what they are exposed to: trade, representation, aid, disputes, stationed forces."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.names import cow_codes
from data.readers.layout import note, read


def trade(path: Path | str) -> pd.DataFrame:
    """Dyadic trade: ``ccode1``, ``ccode2``, ``year``, ``flow1``, ``flow2`` in million current US dollars.

    Flows are printed in whole millions: a flow of 0 is one below half a million, or none.
    """
    return read(path, "cow_trade.dyad")


def representation(path: Path | str) -> pd.DataFrame:
    """Diplomatic representation in waves to 2000: ``at_1`` is that of state 2 at state 1, ``at_2`` the reverse."""
    return read(path, "cow_diplomacy.dyad")


def dispute_participants(path: Path | str) -> pd.DataFrame:
    """Participants of militarised disputes: ``dispute``, ``ccode``, ``start_year``, ``end_year``."""
    return read(path, "dyadic_disputes.participant")


def aid(path: Path | str) -> pd.DataFrame:
    """Aid commitments: ``donor``, ``recipient``, ``year``, ``commitment`` in constant US dollars.

    Codes are those of the state system in the year: the file keeps West Germany's for Germany.
    """
    frame = read(path, "aid.commitment")
    for side in ("donor", "recipient"):
        named = frame[side]
        germany = (named == 260) & (frame["year"] >= 1990)
        frame[side] = cow_codes(named.mask(germany, 255), frame["year"])
        note(frame, germany, f"{side} 260 read as 255 from 1990")
    return frame


def us_forces(path: Path | str) -> pd.DataFrame:
    """Active forces of the United States by host and year, persons; a host that stands twice is flagged."""
    return read(path, "troopdata.host")
