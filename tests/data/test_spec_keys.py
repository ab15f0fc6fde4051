"""What a panel's spec records is what the panel is made of: a key without use is refused, with its lack."""

from __future__ import annotations

import pytest

from data.assembly.spec import DEFAULTS, PRESETS, PanelSpec, panel_spec, parse_spec
from data.common.errors import InputError
from data.panel import build_panel
from workflows.spec.run import load_spec

OFFICIAL = {"source": "official"}
MERGED = {"source": "gannon-kent"}
AGREEMENT = {"similarity": "agreement"}


@pytest.mark.parametrize(
    ("given", "key", "lack"),
    [
        (OFFICIAL | {"treaties": "bundled"}, "treaties", "'atop'"),
        (MERGED | {"treaties": "bundled"}, "treaties", "'atop'"),
        ({"treaties": "atop"}, "treaties", "'bundled'"),
        ({"atop_version": "5.1"}, "atop_version", "'official'"),
        ({"treaty_unit": "phase"}, "treaty_unit", "'official'"),
        ({"nonaggression_only": False}, "nonaggression_only", "'gannon-kent'"),
        (OFFICIAL | {"provisions": "practice"}, "provisions", "'bundled'"),
        (MERGED | {"provisions": "atop"}, "provisions", "'bundled'"),
        (MERGED | {"list_rule": "first"}, "list_rule", "'bundled'"),
        (MERGED | {"similarity_span": 5.0}, "similarity_span", "authors' scale"),
        (MERGED | {"un_release": "jun2024"}, "un_release", "'official'"),
        (AGREEMENT | {"similarity_span": 4.0}, "similarity_span", "ideal_point"),
        (OFFICIAL | AGREEMENT | {"un_release": "jul2025"}, "un_release", "ideal_point"),
        ({"corrections": ["gdp_join"]}, "corrections", "'gannon-kent'"),
        ({"outcome": ["iiss"]}, "outcome", "'official'"),
        ({"armed_forces": "bundled"}, "armed_forces", "'official'"),
        ({"economy": "wdi"}, "economy", "'official'"),
        ({"table": "a.csv"}, "table", "'official'"),
        (OFFICIAL | {"economy": "pwt", "controls": []}, "economy", "log_gdppc"),
        (OFFICIAL | {"capabilities": "5.0"}, "capabilities", "'nmc'"),
        (OFFICIAL | {"table": "a.csv"}, "table", "'table' in outcome"),
        (OFFICIAL | {"outcome": ["table"]}, "table", "the path"),
        (OFFICIAL | {"mapping": "a.toml"}, "mapping", "the table"),
        (OFFICIAL | {"treaty_unit": "phase", "atop_version": "4.01"}, "treaty_unit", "'5.1'"),
    ],
)
def test_a_key_without_use_is_refused_in_one_line_with_key_and_lack(given, key, lack, tmp_path):
    with pytest.raises(InputError) as caught:
        build_panel(given)
    assert caught.value.key == key
    assert lack in caught.value.expected
    assert "\n" not in str(caught.value)
    lines = [f"{k} = {list(v) if isinstance(v, tuple) else _toml(v)}" for k, v in given.items()]
    (tmp_path / "run.toml").write_text("[panel]\n" + "\n".join(lines))
    with pytest.raises(InputError) as caught:
        load_spec(tmp_path / "run.toml")
    assert caught.value.key == f"panel.{key}"
    assert lack in str(caught.value)


def _toml(value):
    return str(value).lower() if isinstance(value, bool) else repr(value)


@pytest.mark.parametrize(
    "given",
    [
        {"provisions": "practice"},
        MERGED | {"treaty_unit": "phase"},
        OFFICIAL | {"armed_forces": "nmc", "capabilities": "7.0"},
        OFFICIAL | {"controls": ["log_cinc"], "capabilities": "5.0"},
        OFFICIAL | {"outcome": ["table"], "table": "a.csv", "mapping": "a.toml"},
        OFFICIAL | {"atop_version": "4.01"},
    ],
)
def test_a_key_with_use_is_kept_as_it_was_given(given):
    kept = parse_spec(given).model_dump(mode="json")
    assert {key: kept[key] for key in given} == given


@pytest.mark.parametrize("name", [*DEFAULTS, *PRESETS])
def test_a_recorded_spec_reads_back_as_itself(name):
    spec = panel_spec(name)
    assert PanelSpec.model_validate_json(spec.model_dump_json()) == spec


def test_what_says_nothing_is_recorded_as_none():
    bundled = panel_spec("bundled")
    assert {bundled.atop_version, bundled.treaty_unit, bundled.nonaggression_only} == {None}
    assert panel_spec(AGREEMENT).similarity_span is None
    assert panel_spec(OFFICIAL | {"controls": []}).economy is None
    assert panel_spec(OFFICIAL).economy == "wdi"


@pytest.mark.parametrize(
    "given", [{"controls": 5}, {"controls": [[1]]}, {"outcome": 5}, {"leader": "x"}, {"provisions": "mine"}]
)
def test_a_value_of_another_kind_is_refused_by_its_own_key(given):
    with pytest.raises(InputError) as caught:
        parse_spec({**OFFICIAL, **given})
    assert str(caught.value.key).split(".")[0] in given
