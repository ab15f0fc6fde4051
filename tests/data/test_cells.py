"""Counts of persons are parsed or reported, never zero."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.common.errors import InputError
from data.readers.cells import Marks, count_of, numbers


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
        ("5.0", 5, False),
        ("1234.000", 1234, False),
        ("9 500", 9500, True),
    ],
)
def test_a_count_is_read_and_oddities_are_reported(cell, persons, reported):
    value, problem = count_of(cell)
    assert value == persons
    assert bool(problem) == reported


@pytest.mark.parametrize(
    "cell",
    [
        *("some", "FF", "1 FF", "9.5", "1.328", "1,2,3", "95,00", "12-15", "-5", "1e400", "9" * 20),
        *("5.000", "10k", "50 %", "2m", "1,2000", "12.5", "3OO", "-1,400", "$500", "about 40", "1.400", "-"),
        *(
            "350 approx",
            "~300",
            "3770 '",
            "300*",
            "0,500",
            "1,23,456",
            "1'234 567",
            "1_000",
            "0x1A",
            "\uff11",
        ),
        *("#REF!", "#DIV/0!", "#N/A", "(400)", "+400", "100-150", 12.5, -3, True),
    ],
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


SPACES = [" ", "\u00a0", "\u202f"]
PERSONS = st.integers(0, 5_000_000) | st.integers(0, 5_000).map(lambda thousands: thousands * 1000)
LOCALES = {
    "English": (Marks(".", ","), [","], "."),
    "German": (Marks(",", "."), ["."], ","),
    "French": (Marks(",", " "), SPACES, ","),
    "Swiss": (Marks(".", "'"), ["'", "’"], "."),
    "plain": (Marks(), [""], "."),
}


@settings(max_examples=200, deadline=None)
@given(PERSONS, st.sampled_from(list(LOCALES)), st.data())
def test_a_declared_mark_gives_the_count_that_was_written(persons, locale, data):
    marks, thousands, decimal = LOCALES[locale]
    written = f"{persons:,}".replace(",", data.draw(st.sampled_from(thousands)))
    assert count_of(written, marks)[0] == persons
    assert count_of(written + decimal + "00", marks)[0] == persons
    assert math.isnan(count_of(written + decimal + "5", marks)[0])


@settings(max_examples=300, deadline=None)
@given(PERSONS, st.sampled_from([",", ".", *SPACES, "'", "’", ""]), st.data())
def test_a_mark_of_any_locale_is_read_whole_or_not_at_all(persons, mark, data):
    declared = data.draw(
        st.sampled_from([Marks(), *(m for m, _, _ in LOCALES.values()), Marks("", "."), Marks(",", "")])
    )
    written = f"{persons:,}".replace(",", mark)
    value, problem = count_of(written, declared)
    assert value == persons or (math.isnan(value) and problem)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 5_000_000), st.text(st.characters(codec="utf-8"), min_size=1, max_size=6), st.booleans()
)
def test_what_stands_beside_a_count_never_changes_it(persons, beside, behind):
    value, problem = count_of(f"{persons}{beside}" if behind else f"{beside}{persons}")
    if any(char.isalpha() or char in "%$~?*/" for char in beside) and not re.search("[eE]", beside):
        assert math.isnan(value)
        assert problem


@pytest.mark.parametrize("groups", ["12,34", "1,23,456", "12,345,67", "1,2345"])
def test_groups_of_other_than_three_digits_are_no_thousands(groups):
    assert math.isnan(count_of(groups)[0])
    assert math.isnan(count_of(groups, Marks(".", ","))[0])


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
