"""Roll-call votes of the UN General Assembly, and agreement with any state recomputed from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputError
from data.readers.layout import read

YES, ABSTAIN, NO = 1, 2, 3


def votes(path: Path | str) -> pd.DataFrame:
    """One row a state and roll call: ``rcid``, ``ccode``, ``session``, ``vote``, ``important``.

    ``vote`` is 1 yes, 2 abstain, 3 no, 8 absent, 9 not a member.
    """
    frame = read(path, "un_votes.votes")
    known = frame["vote"].isin([YES, ABSTAIN, NO, 8, 9])
    if not known.all():
        line = int(frame.index[~known][0])
        raise InputError(
            repr(frame.loc[line, "vote"]), "a vote of 1, 2, 3, 8 or 9", file=path, row=line, column="vote"
        )
    return frame


def descriptions(path: Path | str) -> pd.DataFrame:
    """One row a roll call: ``rcid``, ``session``, ``date``, its counts, ``important``, ``resolution``."""
    return read(path, "un_votes.descriptions")


def agreement_with(table: pd.DataFrame, leader: int) -> pd.DataFrame:
    """Share of roll calls on which each state voted exactly as the leader did.

    Parameters
    ----------
    table : DataFrame
        From ``votes``.
    leader : int
        COW code of any member.

    Returns
    -------
    DataFrame
        ``ccode``, ``session``, ``year`` (session + 1945), ``agreement`` (0-1), ``roll_calls`` (both voted).

    Notes
    -----
    Yes, no and abstention count as three votes; a roll call with either state absent is left out, as in the
    published scores with the six powers (Bailey, Strezhnev and Voeten 2017, data of the same release).

    Raises
    ------
    InputError
        If the leader never voted.
    """
    cast = table[table["vote"].isin([YES, ABSTAIN, NO])]
    its = cast.loc[cast["ccode"] == leader].set_index("rcid")["vote"]
    if its.empty:
        raise InputError(f"no votes of the state {leader}", "a COW code of a member")
    other = cast["rcid"].map(its)
    both = cast[other.notna()].assign(same=np.equal(cast["vote"], other)[other.notna()])
    grouped = (
        both.groupby(["ccode", "session"])["same"].agg(agreement="mean", roll_calls="size").reset_index()
    )
    grouped["session"] = grouped["session"].astype("int64")
    grouped["year"] = grouped["session"] + 1945
    return grouped[["ccode", "session", "year", "agreement", "roll_calls"]]
