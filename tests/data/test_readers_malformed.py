"""Whatever is done to a file, its reader gives one InputError or a correct table, no row lost."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.common.errors import InputError
from data.readers import reader
from data.sources.registry import registry, table
from tests.data.synthetic import text_of

TABLES = sorted(f"{name}.{layout}" for name, entry in registry().items() for layout in entry.tables)
QUICK = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
a_table = st.sampled_from(TABLES)
a_cell = st.tuples(st.integers(1, 3), st.integers(0, 40))


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def text_from(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.fixture
def attempt(tmp_path: Path):
    """Read bytes as a table: the frame, or the InputError; anything else fails the test."""

    def read(name: str, blob: bytes | str, suffix: str = ".csv") -> pd.DataFrame | InputError:
        path = tmp_path / f"file{suffix}"
        path.write_bytes(blob.encode() if isinstance(blob, str) else blob)
        try:
            return reader(name)(path)
        except InputError as raised:
            error = raised
        assert "\n" not in str(error)
        assert "file" in str(error)
        return error

    return read


def is_whole(name: str, out: pd.DataFrame) -> bool:
    """Every row of the file is in the table; of a DataBank export, every row of the series asked for."""
    return name == "wdi.databank" or set(out.index) == {2, 3, 4}


def changed(name: str, where: tuple[int, int], value: str) -> str:
    rows = rows_of(text_of(name))
    row, column = where
    rows[row][column % len(rows[row])] = value
    return text_from(rows)


@pytest.mark.parametrize("name", TABLES)
def test_a_valid_file_is_read_whole(name, attempt):
    good = attempt(name, text_of(name))
    assert isinstance(good, pd.DataFrame), good
    assert good.index.name == "line"
    assert set(good.index) == {2, 3, 4}


@QUICK
@given(name=a_table, delimiter=st.sampled_from(";\t|"))
def test_another_delimiter_is_named(name, delimiter, attempt):
    bad = attempt(name, text_from(rows_of(text_of(name)), delimiter))
    assert isinstance(bad, InputError)


@QUICK
@given(name=a_table, encoding=st.sampled_from(["utf-16", "utf-32", "utf-8-sig"]))
def test_another_encoding_is_read_or_named(name, encoding, attempt):
    out = attempt(name, text_of(name).encode(encoding))
    if encoding == "utf-8-sig":
        assert isinstance(out, pd.DataFrame)
    else:
        assert isinstance(out, InputError)


@QUICK
@given(name=a_table, cut=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_keeps_its_whole_rows_or_is_named(name, cut, attempt):
    text = text_of(name)
    good, out = attempt(name, text), attempt(name, text[: int(cut * len(text))])
    if isinstance(out, pd.DataFrame):
        whole = out[out.index < out.index.max()].drop(columns="problem", errors="ignore")
        same = good.loc[good.index.isin(whole.index)].drop(columns="problem", errors="ignore")
        pd.testing.assert_frame_equal(whole.sort_index(), same.sort_index(), check_dtype=False)


@QUICK
@given(name=a_table, data=st.data())
def test_columns_in_another_order_give_the_same_table(name, data, attempt):
    if name == "casualties.annual":
        return
    rows = rows_of(text_of(name))
    order = data.draw(st.permutations(range(len(rows[0]))))
    out = attempt(name, text_from([[row[place] for place in order] for row in rows]))
    good = attempt(name, text_of(name))
    assert isinstance(out, pd.DataFrame)
    key = [c for c in ("year", "atopid", "state_name", "iso3") if c in good]
    by = ["line", *key]
    pd.testing.assert_frame_equal(
        out.reset_index().sort_values(by, ignore_index=True),
        good.reset_index().sort_values(by, ignore_index=True),
    )


@pytest.mark.parametrize("name", [n for n in TABLES if {"ccode", "year"} <= set(table(n).columns)])
def test_swapped_headings_of_state_and_year_are_named(name, attempt):
    if name == "atop.state_year":
        pytest.skip("its state column also numbers entities up to 9999")
    rows = rows_of(text_of(name))
    places = {column: place for place, column in enumerate(table(name).columns)}
    first, second = places["ccode"], places["year"]
    rows[0][first], rows[0][second] = rows[0][second], rows[0][first]
    assert isinstance(attempt(name, text_from(rows)), InputError)


@QUICK
@given(name=a_table, places=st.tuples(st.integers(0, 40), st.integers(0, 40)))
def test_any_two_swapped_headings_lose_no_row(name, places, attempt):
    rows = rows_of(text_of(name))
    first, second = (place % len(rows[0]) for place in places)
    rows[0][first], rows[0][second] = rows[0][second], rows[0][first]
    out = attempt(name, text_from(rows))
    if isinstance(out, pd.DataFrame):
        assert is_whole(name, out)


@pytest.mark.parametrize("name", TABLES)
def test_a_duplicated_key_is_refused_or_reported(name, attempt):
    rows = rows_of(text_of(name))
    out = attempt(name, text_from([*rows, rows[1]]))
    if isinstance(out, InputError):
        assert "second time" in str(out) or "twice" in str(out) or "alliances" in str(out)
    elif table(name).key:
        assert out.loc[5, "problem"].any() if isinstance(out.loc[5], pd.DataFrame) else out.loc[5, "problem"]


@QUICK
@given(
    name=a_table, where=a_cell, huge=st.sampled_from(["9" * 400, "1e308", "-1e308", "99999999999999", "inf"])
)
def test_a_huge_number_is_named_reported_or_no_number(name, where, huge, attempt):
    out = attempt(name, changed(name, where, huge))
    if isinstance(out, pd.DataFrame):
        assert is_whole(name, out)
        numeric = out.select_dtypes("number").astype("float64")
        assert not (numeric.abs() > 1e17).any(axis=None)


@QUICK
@given(name=a_table, where=a_cell, text=st.text(max_size=8))
def test_any_text_in_any_cell_is_read_reported_or_named(name, where, text, attempt):
    try:
        blob = changed(name, where, text).encode()
    except UnicodeEncodeError:
        return
    out = attempt(name, blob)
    if isinstance(out, pd.DataFrame):
        assert is_whole(name, out)


@QUICK
@given(
    name=a_table, blob=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".tab", ".csv.gz", ".zip"])
)
def test_any_bytes_are_named(name, blob, suffix, attempt):
    assert isinstance(attempt(name, blob, suffix), InputError)


@settings(QUICK, max_examples=30)
@given(
    blob=st.binary(min_size=1, max_size=300),
    suffix=st.sampled_from([".dta", ".xls", ".xlsx", ".rds", ".rda"]),
)
def test_any_bytes_in_a_binary_format_are_named(blob, suffix, attempt):
    assert isinstance(attempt("cow_nmc.capabilities", blob, suffix), InputError)


@pytest.mark.parametrize("blob", ["", "\n", "  \n\n", "a\n", '"', '"a\nb', "a,a\n1,2\n"])
@pytest.mark.parametrize("name", TABLES)
def test_an_empty_or_headless_file_is_named(name, blob, attempt):
    assert isinstance(attempt(name, blob), InputError)


@pytest.mark.parametrize("name", TABLES)
def test_a_header_without_rows_a_short_row_and_a_long_row_are_named(name, attempt):
    rows = rows_of(text_of(name))
    assert isinstance(attempt(name, text_from(rows[:1])), InputError)
    for bad in (rows[2][:-1], [*rows[2], "1"]):
        error = attempt(name, text_from([*rows[:2], bad, *rows[3:]]))
        assert isinstance(error, InputError)
        assert error.row == 3


@QUICK
@given(name=a_table, column=st.integers(0, 40))
def test_a_missing_column_is_named_or_was_optional(name, column, attempt):
    rows = rows_of(text_of(name))
    drop = column % len(rows[0])
    out = attempt(name, text_from([row[:drop] + row[drop + 1 :] for row in rows]))
    if isinstance(out, pd.DataFrame):
        assert is_whole(name, out)


def binary_forms(tmp_path: Path) -> dict[str, bytes]:
    import pyreadr

    text = text_of("cow_nmc.capabilities")
    frame = pd.read_csv(io.StringIO(text))
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/nmc.csv", text)
    frame.to_stata(tmp_path / "f.dta", write_index=False)
    frame.to_excel(tmp_path / "f.xlsx", index=False)
    pyreadr.write_rds(str(tmp_path / "f.rds"), frame)
    pyreadr.write_rdata(str(tmp_path / "f.rda"), frame, df_name="nmc")
    written = {f".{kind}": (tmp_path / f"f.{kind}").read_bytes() for kind in ("dta", "xlsx", "rds", "rda")}
    return written | {".csv.gz": gzip.compress(text.encode()), ".zip": box.getvalue()}


def test_every_format_gives_the_same_table_and_its_damage_is_named(tmp_path, attempt):
    good = attempt("cow_nmc.capabilities", text_of("cow_nmc.capabilities"))
    for suffix, blob in binary_forms(tmp_path).items():
        pd.testing.assert_frame_equal(attempt("cow_nmc.capabilities", blob, suffix), good, check_dtype=False)
        for cut in (1, 7, len(blob) // 3, len(blob) // 2, len(blob) - 30):
            out = attempt("cow_nmc.capabilities", blob[:cut], suffix)
            assert isinstance(out, InputError), (suffix, cut)
        for place in range(0, len(blob), max(1, len(blob) // 25)):
            flipped = bytearray(blob)
            flipped[place] ^= 0xFF
            out = attempt("cow_nmc.capabilities", bytes(flipped), suffix)
            assert isinstance(out, InputError | pd.DataFrame)


def test_a_zip_with_two_tables_and_an_unknown_suffix_are_named(attempt):
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
        archive.writestr("b.csv", "x\n1\n")
    assert isinstance(attempt("cow_nmc.capabilities", box.getvalue(), ".zip"), InputError)
    assert isinstance(attempt("cow_nmc.capabilities", b"x", ".parquet"), InputError)


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputError):
            reader("cow_nmc.capabilities")(path)
