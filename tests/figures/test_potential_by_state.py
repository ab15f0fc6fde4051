import numpy as np
import pandas as pd
import pytest

from figures.potential_by_state import caption, potential_by_state

NAMES = ["Afghanistan (ISAF)", "Iraq 2003"]


def _table(states=5, operations=1, seed=0):
    random = np.random.default_rng(seed)
    frames = []
    for operation in NAMES[:operations]:
        middle = random.normal(0, 0.4, states)
        frame = pd.DataFrame({"state": [f"State {i:02d}" for i in range(states)], "median": middle})
        frame["lower"], frame["upper"] = middle - random.uniform(0, 0.4, states), middle + 0.2
        frames.append(frame.assign(operation=operation) if operations > 1 else frame)
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("operations", [1, 2])
def test_caption_numbers_are_the_datas(operations, strangers):
    table = _table(12, operations)
    groups = [part for _, part in table.groupby("operation")] if operations > 1 else [table]
    counts = [n for part in groups for n in ((part["lower"] > 0).sum(), (part["upper"] < 0).sum(), len(part))]
    values = [*table[["median", "lower", "upper"]].to_numpy().ravel(), *counts]
    assert strangers(caption(table), values, [*table["state"], *NAMES]) == []


def test_the_highest_state_is_on_top():
    table = _table(6)
    labels = [label.get_text() for label in potential_by_state(table).axes[0].get_yticklabels()]
    assert labels == table.sort_values("median", ascending=False)["state"].tolist()


def test_unknown_potential_is_not_drawn_as_zero():
    table = _table(3)
    table.loc[1, "median"] = np.nan
    assert "Not shown: 1 state" in caption(table)
    assert len(potential_by_state(table).axes[0].get_yticklabels()) == 2


def test_missing_bounds_draw_a_bare_dot():
    table = _table(2).assign(lower=np.nan, upper=np.nan)
    assert "of no interval, 0 wholly above zero" in caption(table)
    assert potential_by_state(table) is not None


def test_more_operations_than_can_be_told_apart_are_refused():
    table = pd.concat([_table(2).assign(operation=str(k)) for k in range(5)])
    with pytest.raises(ValueError, match="5 operations; at most 4"):
        potential_by_state(table)


@pytest.mark.parametrize(("states", "operations"), [(1, 1), (54, 2), (90, 1), (150, 2)])
def test_no_label_overlaps_whatever_the_number_of_states(states, operations, overlapping):
    assert overlapping(potential_by_state(_table(states, operations))) == []


def test_all_contributors_to_afghanistan_stay_readable(contributors, overlapping):
    assert overlapping(potential_by_state(contributors, "range")) == []
    assert "lines the smallest to largest value" in caption(contributors, "range")
