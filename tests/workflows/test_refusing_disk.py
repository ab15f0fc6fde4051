"""A disk that fills, a folder that becomes read-only: exit 1 with one line, nothing half, and the run goes on later."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.common.disk import refused, save_netcdf, whole, whole_files, write
from data.common.errors import InputError
from tests.workflows.finished_run import SPEC, carry_out, command, contents, stages
from workflows.spec.run import RunSpec
from workflows.spec.toml import spec_toml
from workflows.store.fan_out import fan_out
from workflows.store.source import ROOT
from workflows.store.store import Store, write_json

CODE = ("workflows.store.store",)


@pytest.fixture
def disk(tmp_path):
    """A disk of its own, and a function that gives it another size or takes away the right to write."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(*options: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(place)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    if shutil.which("mount") is None or not mount("size=64m"):
        pytest.skip("needs the right to mount a small disk")
    yield place, lambda *options: mount("remount", *options)
    subprocess.run(["umount", str(place)], check=True)


def _full(monkeypatch, after: int, number: int = errno.ENOSPC) -> None:
    """Let the disk be full after some files were written."""
    left, through = [after], Path.write_bytes

    def write_bytes(path, content):
        left[0] -= 1
        if left[0] < 0:
            through(path, content[: len(content) // 2])
            raise OSError(number, os.strerror(number), str(path))
        return through(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EFBIG])
def test_a_command_that_the_machine_refuses_ends_with_1_and_one_line(tmp_path, monkeypatch, capsys, number):
    (tmp_path / "small.toml").write_text(spec_toml(RunSpec.model_validate(SPEC)))
    _full(monkeypatch, 0, number)
    place = ("--out", str(tmp_path / "out"))
    code, _, said = command(monkeypatch, capsys, "run", str(tmp_path / "small.toml"), *place)
    assert code == 1
    assert said[-1].startswith(f"error: {os.strerror(number)} ({tmp_path}")
    assert "what was finished is kept" in said[-1]
    assert not any("Traceback" in line for line in said)


def test_half_a_file_is_never_under_its_name(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write(path, "whole")
    write_json(tmp_path / "a.json", [1])
    with pytest.raises(ZeroDivisionError), whole(path) as scratch:
        scratch.write_text(f"ha{1 / 0}")
    with pytest.raises(ZeroDivisionError), whole_files(tmp_path) as folder:
        ((folder / "table.csv").write_text("new"), (folder / "other.csv").write_text(f"new{1 / 0}"))
    _full(monkeypatch, 0)
    with pytest.raises(OSError, match="No space"):
        write(path, b"something longer")
    assert path.read_text() == "whole"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "table.csv"]


def test_a_stage_for_which_there_is_no_room_leaves_what_was_there(tmp_path):
    run = Store(tmp_path / "run")
    run.stage("panel", {"version": 1}, lambda f: (f / "a.txt").write_text("old") and None, CODE)

    def full(folder: Path) -> None:
        (folder / "a.txt").write_text("ne")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "a.txt"))

    with pytest.raises(OSError, match="No space"):
        run.stage("panel", {"version": 2}, full, CODE)
    assert list(stages(tmp_path / "run")) == ["panel"]
    assert (tmp_path / "run" / "panel" / "a.txt").read_text() == "old"
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [".lock", "panel"]


def test_a_folder_removed_under_a_run_is_told_as_such(tmp_path):
    def gone(folder: Path) -> None:
        shutil.rmtree(tmp_path / "run")
        (folder / "a.txt").write_text("x")

    with pytest.raises(OSError, match="removed or renamed") as caught:
        Store(tmp_path / "run").stage("panel", {}, gone, CODE)
    assert "leave it where it is" in (refused(caught.value) or "")


def test_a_fault_of_our_own_is_not_called_one_of_the_machine():
    assert refused(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
    assert refused(ValueError("x")) is None
    assert refused(InputError("x", "y")) is None
    caused = RuntimeError("closing")
    caused.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert (refused(caused) or "").startswith("No space left on device: what was finished is kept")
    assert "memory" in (refused(MemoryError()) or "")


def test_netcdf_on_a_full_disk_is_an_error_and_not_the_end_of_the_process(disk):
    import numpy as np
    import xarray as xr

    place, change = disk
    assert change("size=1m")
    large = xr.Dataset({"x": ("i", np.arange(1_000_000.0))})
    for _ in range(3):
        with pytest.raises(OSError, match="No space"):
            save_netcdf(large, place / "a.nc")
    assert list(place.iterdir()) == []
    save_netcdf(large.isel(i=slice(10)), place / "a.nc")
    with xr.open_dataset(place / "a.nc", engine="h5netcdf") as found:
        assert found["x"].sum() == 45


@pytest.mark.slow
def test_a_run_whose_disk_fills_at_any_stage_goes_on_when_there_is_room(disk, tmp_path):
    place, change = disk
    whole, _ = carry_out(tmp_path / "whole")
    expected = contents(whole.folder)
    run, before = place / "small", {}
    for kilobytes in (48, 200, 800, 1600, 3000, 5000, 7000):
        assert change(f"size={kilobytes}k")
        with pytest.raises(OSError, match="No space") as caught:
            carry_out(place)
        assert "make room there" in (refused(caught.value) or "")
        now = contents(run) if run.exists() else {}
        assert before.items() <= now.items()
        assert not list(run.glob(".partial*"))
        before = now
    assert len(before) > 10
    assert change("ro")
    with pytest.raises((OSError, InputError), match="Read-only"):
        carry_out(place)
    assert change("rw,size=64m")
    carry_out(place)
    assert contents(run) == expected


def test_a_series_whose_disk_fills_keeps_what_was_finished(disk):
    place, change = disk
    assert change("size=40k")

    def large(task):
        return {"value": "x" * 9000, "number": task["number"]}

    tasks = {f"t{k}": {"number": k} for k in range(8)}
    with pytest.raises(OSError, match="No space"):
        list(fan_out(large, tasks, place / "r.jsonl"))
    assert change("size=1m")
    found = list(fan_out(large, tasks, place / "r.jsonl"))
    assert [r["number"] for r in found] == list(range(8))
    assert len({r["task"] for r in found}) == 8


UMASK = """
import os, sys
from pathlib import Path
os.umask(0o027)
from tests.workflows.fan_out_tasks import draw
from tests.workflows.finished_run import carry_out
from workflows.store.fan_out import fan_out
from data.common.disk import write
out = Path(sys.argv[1]) / "out"
carry_out(out)
list(fan_out(draw, {"a": {"seed": 1}}, out / "series" / "r.jsonl"))
write(out / "table.csv", "x")
"""


def test_what_a_run_writes_has_the_rights_that_the_users_umask_leaves_and_nothing_is_left_elsewhere(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", UMASK, str(tmp_path)], cwd=ROOT, env=environment, check=True)
    found = {p: p.stat().st_mode & 0o777 for p in (tmp_path / "out").rglob("*")}
    assert {mode for p, mode in found.items() if p.is_file()} == {0o640}
    assert {mode for p, mode in found.items() if p.is_dir()} == {0o750}
    assert len(found) > 90
    assert list(temporary.iterdir()) == []
