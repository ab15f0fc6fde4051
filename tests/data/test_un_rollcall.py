"""Agreement counted from roll calls: which count, and that every vote is accounted for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.common.ledger import Ledger, ledger_frame
from data.readers.un_rollcall import ABSTAIN, NO, YES, agreement_with

ABSENT = 8


def votes(*calls: dict[int, int], session: float = 10) -> pd.DataFrame:
    rows = [(k, code, session, vote) for k, call in enumerate(calls, 1) for code, vote in call.items()]
    return pd.DataFrame(rows, columns=["rcid", "ccode", "session", "vote"])


DIVIDED = {2: YES, 20: NO, 365: NO, 700: ABSTAIN}
UNITED = dict.fromkeys(DIVIDED, YES)


def agreement(table: pd.DataFrame, leader: int = 2) -> dict[int, float]:
    return agreement_with(table, leader).set_index("ccode")["agreement"].to_dict()


def test_a_roll_call_on_which_all_voted_alike_sets_nobody_apart():
    assert agreement(votes(UNITED, DIVIDED, UNITED)) == agreement(votes(DIVIDED))
    assert agreement(votes(UNITED, DIVIDED)) == {2: 1.0, 20: 0.0, 365: 0.0, 700: 0.0}


def test_absence_does_not_divide_a_roll_call_and_abstention_does():
    assert 20 not in agreement(votes({**UNITED, 20: ABSENT}, {**DIVIDED, 20: ABSENT}))
    found = agreement(votes({2: YES, 20: YES, 365: ABSTAIN}))
    assert found == {2: 1.0, 20: 1.0, 365: 0.0}


def test_a_leader_who_never_voted_on_a_divided_roll_call_is_refused():
    with pytest.raises(InputError, match="state 2"):
        agreement_with(votes(UNITED), 2)


def test_every_vote_is_accounted_for():
    table = pd.concat([votes(DIVIDED, UNITED, {**DIVIDED, 20: ABSENT}, {20: YES, 365: NO})])
    nowhere = votes(DIVIDED, session=np.nan).assign(rcid=5639)
    table = pd.concat([table, nowhere], ignore_index=True)
    ledger = Ledger()
    kept = agreement_with(table, 2, ledger)
    entries = ledger.as_frame().set_index("reason")["rows"]
    assert entries.to_dict() == {
        "rows in": 18,
        "absent, or no member": 1,
        "a roll call without a session (5639)": 4,
        "all votes cast were the same (1 roll calls)": 4,
        "no vote of the leader": 2,
        "kept": 7,
    }
    assert kept["roll_calls"].sum() == 7
    told = ledger_frame(agreement_with(table, 2).attrs["ledger"])
    assert told["rows"].tolist() == entries.tolist()


@pytest.mark.slow
def test_counted_scores_of_the_powers_are_the_published_ones(shared_data):
    from data.readers.un_rollcall import votes as read
    from data.readers.un_voting import agreement as published
    from data.readers.un_voting import ideal_points

    table = read(shared_data / "unga_voeten" / "UNVotes1-72full.RData")
    scores = published(ideal_points(shared_data / "unga_voeten" / "IdealpointestimatesAll_Jun2024.csv"))
    for leader in (2, 140):
        counted = agreement_with(table, leader)
        both = counted.merge(
            scores[scores["leader"] == leader], on=["ccode", "year"], suffixes=("", "_published")
        )
        both = both[both["roll_calls"] >= 10]
        gap = both["agreement"] - both["agreement_published"]
        assert gap[both["year"] <= 1996].abs().max() < 1e-6
        if leader == 2:
            assert ((gap.abs() > 0.01).sum(), len(both)) == (796, 9989)
            means = gap.groupby(both["year"]).mean()
            assert means.loc[[1955, 1977, 2009]].round(3).tolist() == [0.0, 0.0, -0.003]
        counts = ledger_frame(counted.attrs["ledger"]).set_index("reason")["rows"]
        assert counts["a roll call without a session (5639)"] > 0
        assert any("81 roll calls" in reason for reason in counts.index)
