"""What is kept for later is this user's alone, and what a damaged or a foreign cache holds is made anew."""

from __future__ import annotations

import os

import numpy as np
import pytest
import xarray as xr

from data.assembly import cache as panel_cache
from data.assembly.cache import keep, recall
from data.assembly.spec import PanelSpec
from data.common.disk import own_file, own_folder
from data.sources import verify

SPEC = PanelSpec()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A cache with one panel, and the file that it was made of."""
    monkeypatch.setenv("COALITION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(verify, "_cache_file", lambda: tmp_path / "digests" / "digests.json")
    source = tmp_path / "source.csv"
    source.write_text("a\n1\n")
    keep(xr.Dataset({"troops": ("row", np.arange(3.0))}), SPEC, tmp_path, [source])
    return tmp_path


def test_a_cache_is_this_users_alone(kept):
    assert recall(SPEC, kept)["troops"].sum() == 3
    assert (kept / "cache").stat().st_mode & 0o777 == 0o700
    assert sorted(p.suffix for p in (kept / "cache").iterdir()) == [".json", ".nc"]


def test_a_cache_that_others_can_write_is_closed_to_them(kept):
    (kept / "cache").chmod(0o777)
    assert own_folder(kept / "cache")
    assert (kept / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("whose", ["folder", "panel", "list", "a link"])
def test_what_another_user_put_there_is_not_read(kept, monkeypatch, whose):
    (panel,) = (kept / "cache").glob("*.nc")
    foreign = {"folder": panel.parent, "panel": panel, "list": panel.with_suffix(".json")}.get(whose)
    if foreign is None:
        panel.rename(kept / "elsewhere.nc")
        panel.symlink_to(kept / "elsewhere.nc")
    elif os.getuid() == 0:
        os.chown(foreign, 1234, -1)
    else:
        monkeypatch.setattr("os.getuid", lambda: foreign.stat().st_uid + 1)
    assert recall(SPEC, kept) is None
    if whose == "folder":
        before = sorted(p.stat().st_mtime_ns for p in panel.parent.iterdir())
        keep(xr.Dataset({"troops": ("row", np.zeros(3))}), SPEC, kept, [])
        assert sorted(p.stat().st_mtime_ns for p in panel.parent.iterdir()) == before


@pytest.mark.parametrize("damage", [b"", b"\x00\xff", b"[" * 100_000, b"[1]", b"null", b'{"": 3}'])
@pytest.mark.parametrize("suffix", [".nc", ".json"])
def test_a_damaged_cache_is_made_anew(kept, damage, suffix):
    (panel,) = (kept / "cache").glob("*.nc")
    panel.with_suffix(suffix).write_bytes(damage)
    verify._known.clear()
    assert recall(SPEC, kept) is None
    keep(xr.Dataset({"troops": ("row", np.arange(3.0))}), SPEC, kept, [])
    assert recall(SPEC, kept)["troops"].sum() == 3


@pytest.mark.parametrize("content", ['{"a": 3}', "[]", '{"a": []}', '{"a": [1, 2]}', "[" * 100_000, "\udcff"])
@pytest.mark.usefixtures("kept")
def test_digests_that_make_no_sense_are_not_recalled(content):
    path = verify._cache_file()
    assert own_folder(path.parent)
    path.write_bytes(content.encode(errors="surrogateescape"))
    assert own_file(path)
    verify._stored.cache_clear()
    assert verify._stored() == {}
    verify._stored.cache_clear()


def test_compiled_code_of_another_user_is_refused(monkeypatch):
    from data.common.errors import InputError
    from workflows.native import program

    monkeypatch.setattr(program, "own_folder", lambda _: False)
    monkeypatch.setattr(program, "_last", [])
    with pytest.raises(InputError, match="compiled code in a folder of another user"):
        program.compiled(None)


def test_panels_stand_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("COALITION_CACHE", str(tmp_path))
    assert panel_cache.cache_folder() == tmp_path
