"""Counts of persons are parsed or reported, never zero."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.readers.cells import count_of, numbers


@pytest.mark.parametrize(
    ("cell", "persons", "reported"),
    [
        ("9,500", 9500, False),
        ("143,000", 143000, False),
        ("1200", 1200, False),
        (1200, 1200, False),
        (1200.0, 1200, False),
        ("0", 0, False),
        ("2e+05", 200000, False),
        ("3770 '", 3770, True),
        ("3 i", 3, True),
        ("9 500", 9500, True),
        ("~300", 300, True),
    ],
)
def test_a_count_is_read_and_oddities_are_reported(cell, persons, reported):
    value, problem = count_of(cell)
    assert value == persons
    assert bool(problem) == reported


@pytest.mark.parametrize(
    "cell", ["some", "FF", "1 FF", "9.5", "1.328", "1,2,3", "95,00", "12-15", "-5", "1e400", "9" * 20]
)
def test_a_count_that_cannot_be_read_is_reported_and_missing(cell):
    value, problem = count_of(cell)
    assert math.isnan(value)
    assert problem


@pytest.mark.parametrize("cell", ["", " ", "NA", "N/A", None, float("nan"), "."])
def test_an_empty_count_is_missing_without_a_problem(cell):
    value, problem = count_of(cell)
    assert math.isnan(value)
    assert problem == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12))
def test_no_text_becomes_zero_but_a_zero(text):
    value, problem = count_of(text)
    if value == 0:
        assert set(text) & set("0")
        assert not set(text) & set("123456789")
    if math.isnan(value):
        assert problem or text.strip().lower() in {"", "na", "n/a", "nan", "none", "null", ".", ".."}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 5_000_000))
def test_a_separator_does_not_change_a_count(persons):
    assert count_of(f"{persons:,}") == (persons, "")
    assert count_of(str(persons)) == (persons, "")


@pytest.mark.parametrize("cell", ["x", "1,5", "inf", "1 2", "--"])
def test_a_cell_that_is_no_number_names_its_row(cell):
    with pytest.raises(InputError, match="row 3, column 'gdp'"):
        numbers(pd.Series(["1", cell], dtype=object), [2, 3], "f.csv", "gdp")


def test_missing_codes_and_words_become_missing():
    out = numbers(pd.Series(["-9", "NA", "", "3"], dtype=object), [2, 3, 4, 5], "f.csv", "x", missing=(-9,))
    assert out.isna().tolist() == [True, True, True, False]
