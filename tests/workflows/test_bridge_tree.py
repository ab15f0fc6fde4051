"""The tree of the bridge: parents, one change a rung, rungs left out and added."""

from __future__ import annotations

import pytest

from data.common.errors import InputError
from data.studies.corrections import CORRECTIONS
from workflows.series.bridge.rungs import model_of, rungs
from workflows.spec.bridge import AddedRung, BridgeSpec
from workflows.spec.run import load_spec

SPEC = load_spec("gannon-kent")


def tree(**settings):
    found = rungs(SPEC, BridgeSpec(**settings), data=True, operations=True)
    return {rung.id: rung for rung in found}


def test_each_rung_names_its_parent_and_the_first_alone_has_none():
    found = tree()
    assert [r.id for r in found.values() if not r.parent] == ["published"]
    assert all(r.parent in found for r in found.values() if r.parent)


def test_the_bridge_leads_from_print_to_more_operations():
    found = tree()
    at, line = "operations", []
    while at:
        line.append(at)
        at = found[at].parent
    assert line[::-1] == [
        "published", "replicated", "corrected", "twin", "rows", "predictors", "sample", "depth",
        "likelihood", "states", "years", "treaties", "measurement", "operations",
    ]  # fmt: skip


def test_each_correction_alone_hangs_on_the_replication():
    found = tree()
    assert all(found[name].parent == "replicated" and found[name].one for name in CORRECTIONS)
    assert not found["corrected"].one


def test_each_joint_rung_changes_one_key_of_its_parents_model():
    found = tree()
    for rung in found.values():
        parent = found.get(rung.parent)
        if rung.kind != "joint" or parent is None or parent.kind != "joint":
            continue
        own, above = (_flat(model_of(r, found, SPEC.model).model_dump()) for r in (rung, parent))
        differing = [key for key in own if own[key] != above[key]]
        assert len(differing) == (0 if rung.id == "operations" else 1), rung.id


def test_the_last_rungs_model_is_the_specs():
    found = tree()
    assert model_of(found["measurement"], found, SPEC.model) == SPEC.model


def test_a_rung_left_out_is_in_no_model_and_its_children_hang_on_its_parent():
    found = tree(leave_out=("states",))
    assert found["years"].parent == "likelihood"
    assert found["years"].one
    assert not model_of(found["treaties"], found, SPEC.model).contribution.state_effects


def test_changes_of_the_data_that_are_left_out_have_happened_all_the_same():
    found = tree(leave_out=("rows", "predictors"))
    assert found["sample"].parent == "twin"
    assert not found["sample"].one
    assert found["sample"].change.count(";") == 2


def test_the_split_of_slopes_can_be_carried_on():
    found = tree(parents={"measurement": "within-between"})
    assert model_of(found["operations"], found, SPEC.model).contribution.within_between


def test_a_rung_of_ones_own_sets_one_key():
    added = AddedRung(
        id="spline", label="Residual potential", parent="treaties", key="potential.kind", value="residual"
    )
    found = tree(add=(added,))
    assert model_of(found["spline"], found, SPEC.model).potential.kind == "residual"
    assert found["spline"].change == "potential.kind = residual"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"leave_out": ("nothing",)}, "nothing"),
        ({"parents": {"measurement": "corrected"}}, "joint model only"),
        ({"parents": {"states": "treaties"}}, "lead to a root"),
        ({"rungs": {"nowhere": {"draws": 500}}}, "nowhere"),
        (
            {"add": ({"id": "x", "label": "x", "parent": "twin", "key": "depth.baseline", "value": 1},)},
            "twin",
        ),
        (
            {"add": ({"id": "x", "label": "x", "parent": "states", "key": "depth.no", "value": 1},)},
            "depth.no",
        ),
        (
            {"add": ({"id": "x", "label": "x", "parent": "states", "key": "depth.aggregate", "value": 1},)},
            "depth.aggregate",
        ),
    ],
)
def test_a_bridge_that_cannot_be_is_refused_with_its_key(settings, message):
    with pytest.raises(InputError, match=message):
        tree(**settings)


def test_without_data_the_bridge_goes_on_from_the_panel():
    found = {r.id: r for r in rungs(load_spec("bundled"), BridgeSpec(), data=False, operations=True)}
    assert list(found)[:3] == ["published", "panel", "twin"]
    assert not found["panel"].one
    assert "operations" in found


def test_without_a_study_the_panel_is_the_root():
    spec = load_spec("bundled").model_copy(update={"study": None})
    found = rungs(spec, BridgeSpec(), data=False, operations=False)
    assert found[0].id == "panel"
    assert not found[0].parent


def _flat(values: dict, start: str = "") -> dict:
    out = {}
    for key, value in values.items():
        out |= _flat(value, f"{start}{key}.") if isinstance(value, dict) else {start + key: value}
    return out
