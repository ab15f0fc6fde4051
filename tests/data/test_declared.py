"""A value is of the kind that its key declares, and makes sense: one base class holds it for every table."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from data.common.declared import LARGEST, LONGEST_TEXT, MOST_BYTES, Declared, Many, Pair, read_toml
from data.common.errors import InputError
from data.common.faults import first_fault


class Table(Declared):
    number: float = 0.0
    whole: int = 0
    truth: bool = False
    word: str = ""
    words: Many[str] = ()
    bounds: Pair[float] = (0.0, 1.0)
    free: dict[str, object] = Field(default_factory=dict)


def line(**values):
    with pytest.raises(ValidationError) as fault:
        Table.model_validate(values)
    return str(first_fault(fault.value, Table, values, file="x.toml"))


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("number", "1", "a valid number"),
        ("number", True, "a valid number"),
        ("number", [1.0], "a valid number"),
        ("number", float("nan"), "a finite number"),
        ("number", float("inf"), "a finite number"),
        ("number", 1e308, "between 1e-12 and 1e+12"),
        ("number", 1e-320, "between 1e-12 and 1e+12"),
        ("number", -1e13, "between 1e-12 and 1e+12"),
        ("whole", 10**30, "between 1e-12 and 1e+12"),
        ("whole", 2.0, "a valid integer"),
        ("whole", True, "a valid integer"),
        ("truth", 1, "a valid boolean"),
        ("truth", "yes", "a valid boolean"),
        ("word", 1, "a valid string"),
        ("word", ["a"], "a valid string"),
        ("word", {"a": 1}, "a valid string"),
        ("word", "x" * (LONGEST_TEXT + 1), "at most 2,000"),
        ("word", "a\x1b[31m", "text that can be shown"),
        ("words", "a", "a valid tuple"),
        ("words", ["a", 1], "a valid string"),
        ("bounds", [0.0, float("nan")], "a finite number"),
        ("bounds", [0.0], "found [0.0]; expected 2 values"),
        ("free", {"a": {"b": [float("nan")]}}, "a finite number"),
        ("free", {"x" * 3000: 1}, "at most 2,000"),
        ("other", 1, "one of number"),
    ],
)
def test_another_kind_or_no_sense_is_one_line_with_key_found_and_expected(key, value, expected):
    said = line(**{key: value})
    assert key in said
    assert expected in said
    assert "\n" not in said


def test_what_is_declared_is_taken_from_lists_and_whole_numbers():
    table = Table.model_validate({"number": 1, "words": ["a"], "bounds": [0, LARGEST], "word": "a\nb\t'c'"})
    assert (table.number, table.words, table.bounds) == (1.0, ("a",), (0.0, LARGEST))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = [", "no TOML"),
        (b"\xff\xfe\x00", "no TOML"),
        (b"a = " + b"[" * 100 + b"]" * 100, "too deep"),
        (b"a = " + b"[" * 100_000, "TOML"),
        (b"a = " + b"1" * 5000, "digits"),
        (b"a = '" + b"x" * MOST_BYTES + b"'", "bytes"),
    ],
)
def test_a_file_that_cannot_be_meant_is_one_line(content, said, tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_toml(path)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("\ufeffa = 1\n", encoding="utf-8")
    assert read_toml(path) == {"a": 1}


@pytest.mark.parametrize("name", ["none.toml", ".", "n" * 300, "\x00"])
def test_no_file_is_one_line(name, tmp_path):
    with pytest.raises(InputError):
        read_toml(tmp_path / name)
