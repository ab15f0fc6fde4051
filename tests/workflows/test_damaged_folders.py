"""Any file of a run's folder may be damaged in any way: it is computed again, or named in one line."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from pathlib import Path

import pytest

from data.common.disk import remove
from data.common.errors import InputError
from tests.workflows.finished_run import carry_out, command, contents, once, stages
from workflows.store.store import Store, read_stage

KINDS = ("missing", "empty", "truncated", "edited", "binary", "folder", "link to nothing", "link elsewhere")


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """A folder with one finished run, and another whose name alone differs."""
    out = tmp_path_factory.mktemp("runs")
    run = once(tmp_path_factory).folder
    for name in ("small", "twin"):
        shutil.copytree(run, out / name)
    return out


def damage(path: Path, kind: str) -> None:
    """Do to a file, or to a folder, what the kind says."""
    whole = path.read_bytes() if path.is_file() else b"x" * 40
    remove(path)
    middle = len(whole) // 2
    if kind == "folder":
        path.mkdir()
        (path / "inside.txt").write_text("of somebody else")
    elif kind == "link to nothing":
        path.symlink_to(path.parent / "nothing")
    elif kind == "link elsewhere":
        other = path.parent.parent / "elsewhere.txt"
        other.write_text("of somebody else")
        path.symlink_to(other)
    elif kind != "missing":
        flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :] if whole else b"x"
        path.write_bytes(
            {"empty": b"", "truncated": whole[:middle], "edited": flipped, "binary": os.urandom(64)}[kind]
        )


def _files(run: Path) -> list[Path]:
    return sorted(f for f in run.rglob("*") if f.is_file())


@pytest.mark.parametrize("kind", KINDS)
def test_each_file_damaged_is_named_by_the_commands_and_would_be_computed_again(
    out, kind, monkeypatch, capsys, tmp_path
):
    run = tmp_path / "out" / "small"
    shutil.copytree(out / "small", run)
    shutil.copytree(out / "twin", tmp_path / "out" / "twin")
    known = {name: read_stage(place) for name, place in stages(run).items()}
    tried = 0
    # What the commands say is looked at for some of the files, run.json among them.
    told = {
        *random.Random(kind).sample(_files(run), 8),
        run / "run.json",
        run / "comparison" / "headline.csv",
    }
    for file in _files(run):
        kept, mode = file.read_bytes(), file.relative_to(run)
        if not kept and kind in ("empty", "truncated"):
            continue
        damage(file, kind)
        tried += 1
        stage = next((name for name, place in stages_of(run, known) if place in file.parents), None)
        if stage:
            record = known[stage]
            assert record is not None
            assert Store(run).find(stage, record["key"]) is None, f"{mode} was taken as whole"
        if file in told:
            _named(run, file, stage, kind, monkeypatch, capsys)
        remove(file)
        file.write_bytes(kept)
        (file.parent.parent / "elsewhere.txt").unlink(missing_ok=True)
    assert tried > 60
    assert contents(run) == contents(out / "small")


def stages_of(run: Path, known) -> list[tuple[str, Path]]:
    # The longest first: a stage may stand within another's folder.
    return sorted(((name, run / name) for name in known), key=lambda pair: -len(pair[0]))


def _named(run: Path, file: Path, stage: str | None, kind: str, monkeypatch, capsys) -> None:
    """What `runs list | show | diff` say of one damaged file."""
    where = ("--out", str(run.parent))
    code, text, error = command(monkeypatch, capsys, "runs", "list", *where, "--format", "json")
    assert (code, error) == (0, [])
    listed = {one["name"]: one["status"] for one in json.loads(text)}
    assert listed["twin"] == "gate failed"
    code, text, error = command(monkeypatch, capsys, "runs", "show", "small", *where, "--format", "json")
    if file.name == "run.json":
        # A bit turned in a number leaves a record like another.
        assert listed["small"].startswith("damaged") or kind == "edited"
        assert (code, len(error)) == (2, 1) or kind == "edited"
        assert "run.json" in "".join(error) or kind == "edited"
    elif stage:
        assert code == 0
        assert json.loads(text)["damaged"] == [stage]
        assert listed["small"] == (
            "gate failed" if kind == "edited" and file.name != "stage.json" else f"damaged ({stage})"
        )
    else:
        assert (code, listed["small"]) == (0, "gate failed")
    code, text, error = command(monkeypatch, capsys, "runs", "diff", "small", "twin", *where)
    in_headline = stage == "comparison"
    assert (code, len(error)) == ((2, 1) if in_headline or (file.name == "run.json" and code) else (0, 0))


@pytest.mark.parametrize("kind", ["missing", "empty", "folder", "link to nothing", "link elsewhere"])
def test_a_damaged_run_can_be_removed_and_nothing_else_is(out, kind, monkeypatch, capsys, tmp_path):
    for name in ("run.json", ".lock", "panel", "chains", "posterior/posterior.nc"):
        run = tmp_path / "out" / "small"
        shutil.copytree(out / "small", run)
        damage(run / name, kind)
        code, _, error = command(
            monkeypatch, capsys, "runs", "rm", "small", "--yes", "--out", str(run.parent)
        )
        assert (code, error) == (0, [f"removed {run}"]), name
        assert not os.path.lexists(run)
        left = [p.name for p in run.parent.rglob("*")]
        assert left in ([], ["elsewhere.txt"])
        shutil.rmtree(run.parent)


def test_a_run_that_is_a_link_loses_the_link_alone(out, monkeypatch, capsys, tmp_path):
    (tmp_path / "small").symlink_to(out / "small")
    code, _, _ = command(monkeypatch, capsys, "runs", "rm", "small", "--yes", "--out", str(tmp_path))
    assert (code, list(tmp_path.iterdir())) == (0, [])
    assert (out / "small" / "run.json").exists()


def test_every_stage_that_is_damaged_is_computed_again_alone_and_the_same(out):
    """One file of each stage, damaged in a way that chance chooses; the run then makes it whole again."""
    run, rng = out / "small", random.Random(7)
    expected, idle = contents(run), set()
    for name, place in stages(run).items():
        file = rng.choice(sorted(f for f in place.iterdir() if f.is_file()))
        kind = rng.choice(KINDS)
        damage(file, kind)
        _, computed = carry_out(out)
        assert computed in ([name], []), (name, file.name, kind)
        if not computed:
            idle.add(name)
            remove(place)
            shutil.copytree(out / "twin" / name, place)
        (place.parent / "elsewhere.txt").unlink(missing_ok=True)
        assert contents(run) == expected, (name, file.name, kind)
    # What went into another stage that stands is not asked for again.
    assert idle == {*(f"chains/{k}" for k in range(4)), "refits/1", "refits/empty_treaty"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["gate", "baselines", "chains"])
def test_a_folder_of_stages_that_is_something_else_is_made_anew(out, kind, name, tmp_path):
    run = tmp_path / "small"
    shutil.copytree(out / "small", run)
    expected = contents(run)
    damage(run / name, kind)
    if name == "chains":
        # The draws too, so that chains are asked for.
        remove(run / "posterior")
    carry_out(tmp_path)
    assert contents(run) == expected
    if kind == "link elsewhere":
        assert (tmp_path / "elsewhere.txt").read_text() == "of somebody else"


@pytest.mark.parametrize("kind", KINDS)
def test_the_record_and_the_page_are_written_anew_or_named(out, kind, tmp_path):
    for name in ("run.json", "report.html", ".lock"):
        run = tmp_path / "small"
        shutil.copytree(out / "small", run)
        damage(run / name, kind)
        if kind == "folder" or (name == ".lock" and kind.startswith("link")):
            with pytest.raises(InputError, match=f"^{re.escape(str(run / name))}: found a .*(folder|link)"):
                carry_out(tmp_path)
        else:
            carry_out(tmp_path)
            assert json.loads((run / "run.json").read_text())["status"] == "gate failed"
            assert (run / "report.html").read_bytes() == (run / "report" / "report.html").read_bytes()
            assert not (run / "report.html").is_symlink()
        if kind == "link elsewhere":
            assert (tmp_path / "elsewhere.txt").read_text() == "of somebody else"
        shutil.rmtree(run)


ABSURD = (None, [], {}, "", "[/red]", -1, 1e300, float("inf"), True, [[[]]], {"a": {"b": None}}, "../../..")


def _paths(value, path=()):
    """Every place within a JSON-like value."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _paths(value[key], (*path, key))


def test_whatever_a_record_says_the_commands_end_with_one_line_at_most(out, monkeypatch, capsys, tmp_path):
    run, rng = tmp_path / "small", random.Random(19)
    shutil.copytree(out / "small", run)
    shutil.copytree(out / "twin", tmp_path / "twin")
    whole = json.loads((run / "run.json").read_text())
    places, codes = [p for p in _paths(whole) if p], []
    for place in rng.sample(places, 60) + [(key,) for key in whole]:
        changed = json.loads(json.dumps(whole))
        at = changed
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = rng.choice(ABSURD)
        (run / "run.json").write_text(json.dumps(changed))
        for arguments in (("list",), ("show", "small"), ("diff", "small", "twin"), ("diff", "twin", "small")):
            code, _, error = command(monkeypatch, capsys, "runs", *arguments, "--out", str(tmp_path))
            assert (code, len(error)) in ((0, 0), (2, 1)), (place, arguments, error)
            assert arguments != ("list",) or code == 0
            codes.append(code)
    assert 20 < codes.count(2) < len(codes)
