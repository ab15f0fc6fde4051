"""Suggestions for mistaken names, and faults of TOML files in one line."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from data.common.errors import InputError
from data.common.faults import first_fault
from data.common.near import near, one_of
from data.sources.registry import source
from workflows.spec.run import load_spec

COLUMNS = ["log_gdp", "log_gdppc", "distance", "polity2", "Ccode", "year"]


@pytest.mark.parametrize(
    ("name", "right"),
    [("gdp", "log_gdp"), ("log_gpd", "log_gdp"), ("ccode", "Ccode"), ("polity", "polity2"), ("YEAR", "year")],
)
def test_near_names_are_near(name, right):
    assert near(name, COLUMNS)[0] == right


@pytest.mark.parametrize("name", ["cinc", "x", "zz", "troops", ""])
def test_names_that_are_not_near_are_not_suggested(name):
    assert near(name, COLUMNS) == []
    assert one_of(name, COLUMNS) == f"one of {', '.join(COLUMNS)}"


def test_a_list_of_names_is_never_cut_before_the_right_one():
    many = [f"column_{i}" for i in range(60)] + ["troops"]
    assert "'troops'" in one_of("trops", many)
    assert "troops" in one_of("soldiers", many)


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""
    draws: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    parts: list[Inner] = []
    by_name: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"titel": "a"}, ("key 'titel'", "an unknown key 'titel' = 'a'", "'title'")),
        ({"title": "a", "parts": [{"name": "b", "drows": 3}]}, ("parts.'b'.drows", "= 3", "'draws'")),
        ({"title": "a", "parts": [{"draws": "x"}]}, ("parts.1.draws", "found 'x'")),
        ({"title": "a", "by_name": {"c": {"darws": 1}}}, ("by_name.c.darws", "'draws'")),
        ({}, ("key 'title'", "no such key")),
    ],
)
def test_a_fault_of_a_toml_file_names_key_value_and_what_is_near(given, words):
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(given)
    said = str(first_fault(error.value, Outer, given, file="mine.toml"))
    assert said.startswith("mine.toml, key ")
    for word in words:
        assert word in said
    assert "\n" not in said


def test_a_key_of_a_spec_is_no_column(tmp_path):
    spec = tmp_path / "mine.toml"
    spec.write_text("[model.contribution]\nlikelyhood = 'hurdle_beta'\n")
    with pytest.raises(InputError) as error:
        load_spec(spec)
    assert error.value.key == "model.contribution.likelyhood"
    assert error.value.column is None
    assert "'hurdle_beta'" in error.value.found
    assert "'likelihood'" in error.value.expected


def test_options_of_a_command_are_called_options():
    assert str(InputError("x", "y", key="--what")) == "option '--what': found x; expected y"


def test_a_source_answers_to_the_name_of_its_study():
    assert source("gannon-kent") is source("gannon_kent")
