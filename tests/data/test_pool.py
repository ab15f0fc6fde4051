"""Panels put together, and their operations taken apart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.common.errors import InputError
from data.panel import build_panel, check_panel, open_panel, panel_ledger, save_panel
from data.pool import keep_operations, pool_panels


@pytest.fixture(scope="module")
def both():
    return build_panel("bundled")


def test_an_operation_keeps_its_rows_and_states(both):
    one = keep_operations(both, ["ISAF"])
    check_panel(one)
    assert set(one["row_operation"].values) == {"ISAF"}
    assert set(one["state"].values) == set(one["row_state"].values)
    assert one.sizes["row"] == int((both["row_operation"] == "ISAF").sum())


def test_operations_taken_apart_and_pooled_are_the_panel_again(both, tmp_path):
    parts = [keep_operations(both, [name]) for name in ("ISAF", "Iraq")]
    pooled = pool_panels(parts)
    assert list(pooled["state"].values) == list(both["state"].values)
    for name in ("troops", "share", "similarity", "in_force", "controls"):
        np.testing.assert_array_equal(pooled[name].values, both[name].values)
    np.testing.assert_array_equal(pooled["row_state"].values, both["row_state"].values)
    assert pooled.equals(open_panel(save_panel(pooled, tmp_path / "panel.nc")))
    assert len(panel_ledger(pooled)) == 2 * len(panel_ledger(both))
    assert len(json.loads(pooled.attrs["spec"])) == 2


def test_an_operation_twice_is_refused(both):
    with pytest.raises(InputError, match="one panel only"):
        pool_panels([both, both])


def test_other_controls_are_refused(both):
    one = keep_operations(both, ["ISAF"])
    other = keep_operations(both, ["Iraq"]).isel(control=slice(0, 2))
    with pytest.raises(InputError, match="controls"):
        pool_panels([one, other])


def test_an_unknown_operation_is_refused(both):
    with pytest.raises(InputError, match="ISAF, Iraq"):
        keep_operations(both, ["Suez"])


def test_iraq_joins_the_published_panel_under_the_names_it_has(shared_data):
    first = build_panel("gannon-kent", shared_data)
    spec = {
        "source": "official",
        "operations": ("Iraq",),
        "years": (2003, 2008),
        "outcome": ("facts", "iiss"),
        "controls": tuple(str(n) for n in first["control"].values),
        "similarity_span": 5.08,
    }
    pooled = pool_panels([first, build_panel(spec, shared_data)])
    assert [str(n) for n in pooled["operation"].values] == ["ISAF", "Iraq"]
    codes = np.unique(pooled["row_ccode"].values)
    assert pooled.sizes["state"] == len(codes)
    # The two sources measure similarity on one scale: the same state-year hardly differs.
    keys = {"ISAF": {}, "Iraq": {}}
    for operation, code, year, value in zip(
        pooled["row_operation"].values,
        pooled["row_ccode"].values,
        pooled["row_year"].values,
        pooled["similarity"].values,
        strict=True,
    ):
        keys[str(operation)][code, year] = value
    shared = keys["ISAF"].keys() & keys["Iraq"].keys()
    assert len(shared) > 500
    assert max(abs(keys["ISAF"][k] - keys["Iraq"][k]) for k in shared) < 0.03
