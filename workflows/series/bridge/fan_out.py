"""What a bridge samples, in several processes: its rungs, the models of Poast's test, the twins of a study.

Each leaves its stages on disk, where the bridge finds them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from data.common.errors import InputError
from workflows.run.stages._registry import names
from workflows.series.bridge.bridge import Bridge
from workflows.series.bridge.poast import PROPENSITY, PoastTest, poast_test
from workflows.series.bridge.rungs import Rung
from workflows.spec.run import RunSpec
from workflows.store.fan_out import fan_out
from workflows.store.source import code_digest
from workflows.store.store import digest, versions


def sample_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Sample and judge one of `_samplings`; panels and measurement are on disk already.

    Raises
    ------
    InputError
        If code, versions or data are not those of the command: its panels would then be made again, which wait
        for the lock that the command holds.
    """
    asked = json.dumps({name: value for name, value in task.items() if name != "run"}, sort_keys=True)
    return {"passed": _samplings(_bridge(asked))[task["run"]]()}


@lru_cache(maxsize=1)
def _bridge(asked: str) -> Bridge:
    """The bridge that tasks are of: a process opens its panels and reads its studies once."""
    task = json.loads(asked)
    spec = RunSpec.model_validate(task["spec"])
    data = Path(task["data"]) if task["data"] else None
    bridge = Bridge(spec, Path(task["out"]), data, chains=task["chains"], draws=task["draws"])
    here = _alike(bridge)
    for what, found in here.items():
        if found != task["alike"][what]:
            raise InputError(
                f"other {what} than where the command runs", "the same everywhere", file="worker"
            )
    return bridge


def _samplings(bridge: Bridge) -> dict[str, Callable[[], bool]]:
    """What can be sampled on its own, by name, each to whether it passed; in an order in which it is soon done.

    What takes longest comes first. Beside it nothing else is compiled at first: another rung would compile much of the
    same, which it finds on disk a minute later. So small models, which need none of it, come second.
    """
    rungs = [rung for rung in reversed(bridge.tree.values()) if rung.is_sampled]
    joint = {rung.id: partial(_joint, bridge, rung) for rung in rungs if rung.kind == "joint"}
    small = {name: partial(_twin, bridge, name) for name in bridge.twins}
    small |= {rung.id: partial(_linear, bridge, rung) for rung in rungs if rung.kind == "linear"}
    test = poast_test(bridge)
    poast = {} if test is None else {f"poast-{name}": partial(_poast, test, name) for name in PROPENSITY}
    first = dict(list(joint.items())[:1])
    return first | small | joint | poast


def _joint(bridge: Bridge, rung: Rung) -> bool:
    return bridge.joint_run(rung).passed


def _poast(test: PoastTest, propensity: str) -> bool:
    return test.run(propensity).passed


def _twin(bridge: Bridge, name: str) -> bool:
    return bridge.twin_stage(name).about["passed"]


def _linear(bridge: Bridge, rung: Rung) -> bool:
    return bridge.linear_stage(rung).about["passed"]


def _alike(bridge: Bridge) -> dict[str, Any]:
    """What a worker must have in common with the command."""
    return {
        "package versions": versions(),
        "code": code_digest(__name__, *(f"workflows.run.stages.{name}" for name in names())),
        "data": bridge.files,
    }


def prepare(bridge: Bridge) -> None:
    """Compute what tasks share: each process would otherwise build the same panels, and measure the same depths."""
    if bridge.panel["in_force"].any():
        _ = bridge.measured.stage("measurement")
    if any(rung.kind == "joint" and bridge.is_pooled(rung) for rung in bridge.tree.values()):
        _ = bridge.pooled_stage
    if test := poast_test(bridge):
        _ = test.panel_stage


def sample_rungs(
    bridge: Bridge, out: Path, overrides: Mapping[str, int | None], workers: int, scheduler: str
) -> None:
    """Sample all that a bridge samples; a worker finds what is on disk already.

    What a worker failed at is left to the bridge itself.
    """
    prepare(bridge)
    base = {
        "spec": bridge.spec.model_dump(mode="json"),
        "out": str(out.resolve()),
        "data": str(bridge.data.resolve()) if bridge.data else None,
        "alike": _alike(bridge),
        **overrides,
    }
    # Two bridges may share a scheduler, which knows a task by its name.
    name = digest(base)[:12]
    tasks = {f"{name}-{run}": {**base, "run": run} for run in _samplings(bridge)}
    results = bridge.store.folder / ".rungs.jsonl"
    # What counts are the stages, which know when they are stale.
    results.unlink(missing_ok=True)
    for result in fan_out(sample_one, tasks, results, workers, scheduler):
        run = tasks[result["task"]]["run"]
        passed = "gate passed" if result.get("passed") else "gate failed"
        bridge.listener.say(f"{run}: {result.get('error', passed)}")
    results.unlink(missing_ok=True)
