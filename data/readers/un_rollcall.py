"""Roll-call votes of the UN General Assembly, and agreement with any state recomputed from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.ledger import Ledger
from data.common.refuse import refuse
from data.readers.layout import read

YES, ABSTAIN, NO = 1, 2, 3


def votes(path: Path | str) -> pd.DataFrame:
    """One row a state and roll call: ``rcid``, ``ccode``, ``session``, ``vote``, ``important``.

    ``vote`` is 1 yes, 2 abstain, 3 no, 8 absent, 9 not a member.
    """
    frame = read(path, "un_votes.votes")
    known = frame["vote"].isin([YES, ABSTAIN, NO, 8, 9])
    refuse(frame["vote"], ~known, "a vote of 1, 2, 3, 8 or 9", file=path)
    return frame


def agreement_with(table: pd.DataFrame, leader: int, ledger: Ledger | None = None) -> pd.DataFrame:
    """Share of divided roll calls on which each state voted exactly as the leader did.

    Parameters
    ----------
    table : DataFrame
        From ``votes``.
    leader : int
        COW code of any member.
    ledger : Ledger, optional
        Gets a step that accounts for every vote of the table; without one the step's entries stand in
        ``attrs["ledger"]`` of what is returned.

    Returns
    -------
    DataFrame
        ``ccode``, ``session``, ``year`` (session + 1945), ``agreement`` (0-1), ``roll_calls`` (both voted).

    Notes
    -----
    Yes, no and abstention count as three votes. As in the published scores with the six powers (Bailey,
    Strezhnev and Voeten 2017, data of the same release), a roll call with either state absent is left out, and
    so is one on which every vote cast was the same: it sets nobody apart. A roll call without a session belongs
    to no year.

    Raises
    ------
    InputError
        If the leader never voted on a divided roll call.
    """
    book, step = ledger or Ledger(), f"UN votes, agreement with {leader}"
    cast = book.start(step, table)
    absent = ~cast["vote"].isin([YES, ABSTAIN, NO])
    cast = book.leave_out(step, cast, absent, "absent, or no member")
    nowhere = cast["session"].isna()
    which = ", ".join(map(str, cast.loc[nowhere, "rcid"].unique()[:5]))
    cast = book.leave_out(step, cast, nowhere, f"a roll call without a session ({which})")
    united = cast.groupby("rcid")["vote"].transform("nunique") == 1
    count = cast.loc[united, "rcid"].nunique()
    cast = book.leave_out(step, cast, united, f"all votes cast were the same ({count} roll calls)")
    its = cast.loc[cast["ccode"] == leader].set_index("rcid")["vote"]
    if its.empty:
        raise InputError(f"no votes of the state {leader}", "a COW code of a member")
    other = cast["rcid"].map(its)
    both = book.leave_out(step, cast, other.isna(), "no vote of the leader")
    both = book.finish(step, both.assign(same=np.equal(both["vote"], other[both.index])))
    grouped = (
        both.groupby(["ccode", "session"])["same"].agg(agreement="mean", roll_calls="size").reset_index()
    )
    grouped["session"] = grouped["session"].astype("int64")
    grouped["year"] = grouped["session"] + 1945
    found = grouped[["ccode", "session", "year", "agreement", "roll_calls"]]
    if ledger is None:
        found.attrs["ledger"] = book.to_json()
    return found
