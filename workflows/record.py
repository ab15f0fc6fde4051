"""What ``run.json`` says: what was computed, from what, how long, on what machine; and reading it back."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.errors import InputError
from workflows.notices import as_json, raised
from workflows.spec import RunSpec
from workflows.store import Stage, versions

#: Beginnings of the names of stages within that of the posterior.
PARTS = ("chains/", "imputations/", "restart/")
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


def describe(spec: RunSpec, stages: Sequence[Stage], passed: bool | None, started: datetime) -> dict:
    """Return the record of a run.

    Parameters
    ----------
    spec : RunSpec
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


def read_record(folder: Path) -> dict[str, Any]:
    """Read ``run.json`` of a run's folder.

    Raises
    ------
    InputError
        If the folder holds no run, or its record cannot be read.
    """
    path = folder / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {"name": folder.name, "status": UNFINISHED, "stages": [], "spec": {}, **record}
    except FileNotFoundError:
        raise InputError("no such run", "a folder written by `coalition run`", file=folder) from None
    except (OSError, ValueError) as error:
        raise InputError(f"a record that cannot be read ({error})", "JSON", file=path) from None


def intact(folder: Path, record: dict[str, Any]) -> list[str]:
    """Names of recorded stages whose artefacts on disk are not the recorded ones any more."""
    changed = []
    for stage in record["stages"]:
        try:
            found = json.loads((folder / stage["name"] / "stage.json").read_text(encoding="utf-8"))["key"]
        except (OSError, ValueError, KeyError):
            found = None
        if found != stage["key"]:
            changed.append(stage["name"])
    return changed


def differences(first: Any, second: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two JSON-like values differ: (dotted path, first, second); an absent value is None."""
    if isinstance(first, dict) and isinstance(second, dict):
        return [
            line
            for key in sorted({*first, *second})
            for line in differences(first.get(key), second.get(key), f"{path}.{key}" if path else str(key))
        ]
    return [] if first == second else [(path, first, second)]
