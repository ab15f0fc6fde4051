import numpy as np
import pandas as pd
import pytest

from figures.rank_change import caption, rank_change, ranks


def _small():
    return pd.DataFrame(
        {"state": list("ABCD"), "troops": [900, 300, 300, 10], "share": [0.01, 0.03, 0.002, 0.02]}
    )


def test_ranks_and_changes_are_right_and_ties_share_the_smaller_rank():
    got = ranks(_small()).set_index("state")
    assert got["rank_troops"].to_dict() == {"A": 1, "B": 2, "C": 2, "D": 4}
    assert got["rank_share"].to_dict() == {"B": 1, "D": 2, "A": 3, "C": 4}
    assert got["change"].to_dict() == {"A": -2, "B": 1, "C": -2, "D": 2}


def test_states_without_troops_or_share_are_left_out_and_counted():
    table = pd.concat(
        [_small(), pd.DataFrame({"state": ["E", "F"], "troops": [5, 0], "share": [np.inf, 0.0]})]
    )
    assert len(ranks(table)) == 4
    assert "Not shown: 2 states" in caption(table)


def test_a_state_in_two_rows_is_refused():
    with pytest.raises(ValueError, match="'A' has several rows"):
        ranks(pd.concat([_small(), _small().head(1)]))


def test_caption_numbers_are_the_datas(strangers):
    table, got = _small(), ranks(_small())
    changes = [(got["change"] > 0).sum(), (got["change"] < 0).sum(), got["change"].std()]
    values = [len(table), *changes, *got["rank_troops"], *got["rank_share"]]
    assert strangers(caption(table), values) == []


def test_rank_intervals_are_drawn_and_named():
    table = _small().assign(rank_lower=[3, 1, 4, 1], rank_upper=[4, 2, 4, 3])
    assert "95 % equal-tailed interval of the rank by share; the widest is D's (1 to 3)" in caption(table)
    assert len(rank_change(table).axes[0].collections) > len(rank_change(_small()).axes[0].collections)


def test_all_contributors_to_afghanistan_stay_readable(contributors, overlapping):
    assert len(contributors) > 45
    assert overlapping(rank_change(contributors)) == []
    assert caption(contributors).count("United Kingdom") == 0  # rank 1 on both sides: neither largest move
