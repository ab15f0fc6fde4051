"""The registry is whole, and no altered file is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.common.errors import InputError
from data.readers import reader
from data.sources import verify
from data.sources.registry import file_of, parse_source, registered, registry, source, table

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = {
    "atop",
    "benson_clinton",
    "un_ideal_points",
    "un_votes",
    "cow_states",
    "cow_nmc",
    "cow_alliances",
    "cow_igo",
    "cow_contiguity",
    "min_distance",
    "polity",
    "bmr",
    "vdem",
    "pwt",
    "wdi",
    "cepii",
    "gannon_kent",
    "iiss",
    "placemats",
    "ipi",
    "facts",
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(verify, "_cache_file", lambda: tmp_path / "cache" / "digests.json")
    monkeypatch.setattr(verify, "_known", {})
    verify._stored.cache_clear()
    yield
    verify._stored.cache_clear()


def test_every_source_says_what_it_is_and_on_what_terms():
    assert set(registry()) >= REQUIRED
    for name, entry in registry().items():
        for field in ("title", "version", "address", "licence", "citation", "unit_of_observation", "allows"):
            assert getattr(entry, field), (name, field)


def test_files_are_listed_once_with_whole_checksums_and_known_tables():
    paths = [file.path for entry in registry().values() for file in entry.files]
    assert len(paths) == len(set(paths))
    for entry in registry().values():
        for file in entry.files:
            assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256)
            assert re.fullmatch(r"[\w ]+/[\w .\-]+", file.path), "two levels, no escape"
            if file.table:
                table(file.table)


def test_no_path_of_a_raw_file_stands_outside_the_registry():
    """In code a file is asked for by its table and version, or the reader that opens it could be another."""
    folders = {file.path.split("/")[0] for entry in registry().values() for file in entry.files} - {"data"}
    path = re.compile(rf"""["'](?:{"|".join(folders)})/[^"'\n]+\.[A-Za-z]+""")
    for room in ("data", "models", "figures", "workflows"):
        for file in sorted((ROOT / room).rglob("*.py")):
            found = path.search(file.read_text(encoding="utf-8"))
            assert found is None, f"{file.relative_to(ROOT)} names {found and found.group()}"


def test_raw_files_are_opened_by_readers_alone():
    """Readers alone parse what the registry lists; tables that this project wrote may be read elsewhere."""
    parses = re.compile(r"pd\.read_(?:stata|excel|table|fwf)|pyreadr|load\((?:place_of|find_file)")
    for file in sorted((ROOT / "data").rglob("*.py")):
        if file.parent.name != "readers":
            assert not parses.search(file.read_text(encoding="utf-8")), file.relative_to(ROOT)


def test_a_table_of_several_files_is_asked_for_by_version():
    assert file_of("cow_nmc.capabilities", "5.0").path.endswith("NMC_5_0.csv")
    assert file_of("cow_nmc.capabilities").version == "7.0"
    with pytest.raises(InputError, match=r"cow_nmc.capabilities of 4.0.*5.0"):
        file_of("cow_nmc.capabilities", "4.0")


def test_every_column_has_a_codebook_line_and_every_key_is_a_column():
    for entry in registry().values():
        for layout in entry.tables.values():
            assert set(layout.key) <= set(layout.columns) | {"iso3", "year"}
            assert all(column.about for column in layout.columns.values())


def test_an_unknown_word_in_the_registry_is_refused():
    with pytest.raises(ValueError, match="colour"):
        parse_source('title = "t"\ncolour = "red"\n')


def test_unknown_names_come_with_suggestions():
    with pytest.raises(InputError, match="placemats"):
        source("placemat")
    with pytest.raises(InputError, match="capabilities"):
        table("cow_nmc.capability")


HEADER = "stateabb,ccode,styear,stmonth,stday,endyear,endmonth,endday,version\n"


def test_an_altered_registered_file_is_refused_at_every_read(tmp_path):
    path = tmp_path / "cow" / "majors2016.csv"
    path.parent.mkdir()
    path.write_text(HEADER + "USA,2,1898,8,13,2016,12,31,2016\n")
    assert registered(path) is not None
    for _ in range(2):
        with pytest.raises(InputError, match=r"SHA-256.*cow_states"):
            reader("cow_states.majors")(path)


def test_a_users_own_file_is_read_and_its_digest_is_in_the_provenance(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + "USA,2,1898,8,13,2016,12,31,2016\n")
    assert len(reader("cow_states.majors")(path)) == 1
    record = verify.provenance(path)
    assert record["source"] == "own file"
    assert record["sha256"] == verify.digest(path)


def test_a_digest_is_remembered_until_size_or_time_change(tmp_path, monkeypatch):
    path = tmp_path / "big.csv"
    path.write_bytes(b"x" * (verify._CHUNK + 1))
    first = verify.digest(path)
    assert verify._cache_file().exists()
    monkeypatch.setattr(verify, "_known", {})
    verify._stored.cache_clear()
    monkeypatch.setattr(verify.hashlib, "sha256", lambda: pytest.fail("hashed again"))
    assert verify.digest(path) == first
    monkeypatch.undo()
    path.write_bytes(b"y" * (verify._CHUNK + 2))
    assert verify.digest(path) != first


def test_a_damaged_cache_is_no_obstacle(tmp_path):
    verify._cache_file().parent.mkdir(parents=True)
    verify._cache_file().write_text("{")
    (tmp_path / "a").write_text("a")
    assert len(verify.digest(tmp_path / "a")) == 64


def test_the_research_folder_is_the_registered_one(shared_data):
    from data.sources.check import check_folder

    states = {item.path: item.state for item in check_folder(shared_data)}
    assert "altered" not in states.values()
    assert "unknown" not in states.values()
    assert sum(state == "good" for state in states.values()) >= 90
