"""What ``run.json`` says: what was computed, from what, how long, on what machine; and reading it back."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.common.errors import InputError
from data.common.faults import first_fault
from workflows.spec.coalitions import CoalitionSpec
from workflows.spec.run import RunSpec
from workflows.store.notices import as_json, raised
from workflows.store.store import Stage, damaged_files, read_stage, versions

#: Beginnings of the names of stages within that of the posterior.
PARTS = ("chains/", "imputations/", "restart/")
#: Beginning of the names of short fits at other depths of no treaty.
REFITS = "refits/"
#: States of a run: under way or broken off; its gate failed; whole.
UNFINISHED, FAILED, PASSED = "unfinished", "gate failed", "passed"


def machine() -> dict[str, Any]:
    """The machine that draws depend on beside seed and versions."""
    model = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(x.split(":", 1)[1].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "system": platform.platform(),
        "architecture": platform.machine(),
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def describe(
    spec: RunSpec | CoalitionSpec, stages: Sequence[Stage], passed: bool | None, started: datetime
) -> dict:
    """Return the record of a run.

    Parameters
    ----------
    spec : RunSpec or CoalitionSpec
    stages : sequence of Stage
        In the order in which they were asked for.
    passed : bool or None
        Verdict; None while the run is under way.
    started : datetime

    Returns
    -------
    dict
        `seconds` adds up what each stage took when it was computed, cached stages included;
        compiling and sampling the posterior stand apart (wall time). `tries` says how each try of the fit was
        sampled and how often it diverged; there are two where a first failed for divergences alone.
    """
    unique: dict[str, Stage] = {}
    for stage in stages:
        # One that is asked for again is found on disk then.
        unique.setdefault(stage.name, stage)
    posterior = unique["posterior"].about if "posterior" in unique else {}
    now = datetime.now(UTC)
    return {
        "name": spec.name,
        "status": UNFINISHED if passed is None else PASSED if passed else FAILED,
        "passed": passed,
        "started": started.isoformat(timespec="seconds"),
        "finished": None if passed is None else now.isoformat(timespec="seconds"),
        "seconds": {
            "this_time": round((now - started).total_seconds(), 3),
            "all_stages": sum(s.seconds for s in unique.values() if not s.within),
            "compile": posterior.get("compile_seconds"),
            "sample": posterior.get("sample_seconds"),
        },
        "seed": spec.sampling.seed,
        "tries": posterior.get("tries", []),
        "spec": spec.describe(),
        "notices": as_json(raised(unique.values())),
        "stages": [
            {"name": s.name, "key": s.key, "seconds": s.seconds, "cached": s.cached, "about": s.about}
            for s in unique.values()
        ],
        "versions": versions(),
        "machine": machine(),
    }


class _Stage(BaseModel):
    # A name is a folder within the run's, never one elsewhere.
    name: str = Field(pattern=r"^[A-Za-z0-9_-][^/\\]*(/[A-Za-z0-9_-][^/\\]*)*$")
    key: str
    seconds: float = Field(ge=0, allow_inf_nan=False)
    cached: bool = False
    about: dict[str, Any] = {}


class _Notice(BaseModel):
    model_config = ConfigDict(extra="allow")
    kind: str
    text: str


class _Record(BaseModel):
    """What is relied on of ``run.json``."""

    model_config = ConfigDict(extra="allow")
    name: str
    status: Literal["unfinished", "gate failed", "passed"] = UNFINISHED
    finished: str | None = None
    seconds: dict[str, float | None] = {}
    spec: dict[str, Any] = {}
    notices: list[_Notice] = []
    stages: list[_Stage] = []
    versions: dict[str, str] = {}
    machine: dict[str, Any] = {}


def is_run(folder: Path) -> bool:
    """Whether a folder is one that `coalition run` wrote, whatever became of its record."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    stages = any((f / "stage.json").is_file() for f in folder.iterdir() if f.is_dir())
    return stages or ((folder / ".lock").exists() and os.path.lexists(folder / "run.json"))


def read_record(folder: Path) -> dict[str, Any]:
    """Read ``run.json`` of a run's folder.

    Raises
    ------
    InputError
        If the folder holds no run, or its record cannot be read or is not one.
    """
    path = folder / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError(f"a {type(record).__name__}")
        return _Record.model_validate({"name": folder.name, **record}).model_dump()
    except (FileNotFoundError, NotADirectoryError):
        if is_run(folder):
            raise InputError("no record of this run", "run.json beside its stages", file=path) from None
        raise InputError("no such run", "a folder written by `coalition run`", file=folder) from None
    except ValidationError as error:
        raise first_fault(error, _Record, file=path) from None
    except (OSError, ValueError, RecursionError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"a record that cannot be read ({said})", "JSON", file=path) from None


def changed_since(folder: Path, record: dict[str, Any], thorough: bool = True) -> dict[str, list[str]]:
    """Stages that are not as recorded any more.

    Parameters
    ----------
    folder : Path
    record : dict
        As `read_record` returns it.
    thorough : bool
        Whether to read the files of stages, whose sizes alone are compared otherwise.

    Returns
    -------
    dict
        ``replaced``: names of stages that were computed anew for something else; ``damaged``: those whose record or
        files are missing or not what was written.
    """
    out: dict[str, list[str]] = {"replaced": [], "damaged": []}
    for stage in record["stages"]:
        place = folder / stage["name"]
        found = read_stage(place)
        if found is None or damaged_files(place, found, thorough):
            out["damaged"].append(stage["name"])
        elif found["key"] != stage["key"]:
            out["replaced"].append(stage["name"])
    return out


def differences(first: Any, second: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two JSON-like values differ: (dotted path, first, second); an absent value is None."""
    if isinstance(first, dict) and isinstance(second, dict):
        return [
            line
            for key in sorted({*first, *second})
            for line in differences(first.get(key), second.get(key), f"{path}.{key}" if path else str(key))
        ]
    return [] if first == second else [(path, first, second)]
